import memorystore from "memorystore";
import { across } from "../../src/across.ts";
import { sayOfStore } from "../../src/store-sentences.ts";

across({ name: "memorystore", seen: "its own memory" }, (setting, { holds }) => {
  sayOfStore(setting, { holds }, (session) => {
    const MemoryStore = memorystore(session);
    const store = new MemoryStore({ checkPeriod: 60_000 });
    return { open: () => store, remove: () => store.stopInterval() };
  });
});
