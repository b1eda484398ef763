import type { IncomingMessage, ServerResponse } from "node:http";

/** What `next` of Express, Connect or one's own making looks like. */
export type Next = (error?: unknown) => void;

/** Middleware for Express, Connect and `node:http`; `next` runs only for requests that may go on. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: Next) => void;
