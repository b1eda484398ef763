import session = require("holdfast");

const sessions = session.session({ secret: "x", store: new session.MemoryStore() });
const same: typeof sessions = session.default({ secret: "x" });
console.log(same, session.HoldfastError.name);
