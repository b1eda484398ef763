import { describe, it } from "node:test";
import { logOutOnTwo } from "../../support/logout-on-two.ts";
import { redisStores, withoutRedis } from "../../support/redis-stores.ts";

describe("a logout at the provider, with sessions in Redis", { skip: withoutRedis }, () => {
  it("ends them on two processes, and none of a sign-in under way is left", async (t) => {
    await logOutOnTwo(t, redisStores(t));
  });
});
