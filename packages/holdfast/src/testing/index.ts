/**
 * For tests: a client that signs in, a clock that moves when told to, and the conformance suite of session stores.
 *
 * @module
 */
export { TestAgent, type TestAgentOptions, type TestReply, type TestRequest, testAgent } from "./agent.ts";
export { type FakeClock, fakeClock } from "./fake-clock.ts";
export { signInForTest, type TestSignIn } from "./sign-in.ts";
export {
  type ConformanceCase,
  type ConformanceOptions,
  type ConformanceSubject,
  storeConformance,
} from "./store-conformance.ts";
