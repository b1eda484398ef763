/**
 * For tests: the conformance suite of session stores, a clock that moves when told to, and a way to sign a test in.
 *
 * @module
 */
export { type FakeClock, fakeClock } from "./fake-clock.ts";
export { sessionCookieFor, type SignedInCookie, testAgent, type TestAgent, type TestReply } from "./agent.ts";
export { type ConformanceCase, type ConformanceSubject, storeConformance } from "./store-conformance.ts";
