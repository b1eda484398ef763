import type { IncomingMessage } from "node:http";

// biome-ignore lint/suspicious/noTsIgnore: an expected error would itself be one where Express's types are installed
/** @ts-ignore: without Express's types this is `any`, which is told apart below */
type ExpressRequest = import("express-serve-static-core").Request;

/** A request as the app has it: Express's, where its types are installed, as in the types of express-session. */
export type AppRequest = [unknown] extends [ExpressRequest] ? IncomingMessage : ExpressRequest;

/** A function of the app's that is given a request; one of any request will do. */
export type OfRequest<T> = { of(req: AppRequest): T }["of"];
