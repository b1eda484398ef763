import { mongoStore } from "../../../packages/holdfast/test/store/express-session/mongo-double.ts";
import { across } from "../../src/across.ts";
import { sayOfStore } from "../../src/store-sentences.ts";

const seen = "a double of the `mongodb` driver's collection, since no MongoDB server can be had for tests";

across({ name: "connect-mongo", beside: ["mongodb"], seen }, (setting, { holds }) => {
  sayOfStore(setting, { holds }, () => ({ open: mongoStore(), remove: () => undefined }));
});
