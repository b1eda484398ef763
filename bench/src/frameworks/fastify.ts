import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import cookie from "@fastify/cookie";
import secureSession from "@fastify/secure-session";
import fastifySession from "@fastify/session";
import fastify from "fastify";
import { PROFILE_BYTES, type Profile } from "../profile.ts";
import { login, type Scenario, scenarioOf } from "../scenarios.ts";
import { SECRET } from "../trial.ts";
import { FRAMEWORK_PAGES, type FrameworkLibrary } from "./tasks.ts";

/** An app on Fastify behind a proxy that ends TLS, with the scenarios as its pages. */
export async function fastifyServer(library: FrameworkLibrary | undefined): Promise<Server> {
  const app = fastify({ trustProxy: true });
  if (library === "@fastify/session") {
    await app.register(cookie);
    // As express-session is set up: a reply sets the cookie, and stores the session, only if the session has changed.
    const settings = { saveUninitialized: false, rolling: false, cookie: { secure: true } };
    await app.register(fastifySession, { secret: SECRET, ...settings });
  } else if (library === "@fastify/secure-session") {
    await app.register(secureSession, { key: randomBytes(32), cookie: { secure: true, path: "/" } });
  }
  const add = (url: string, { method, act, bare }: Scenario): void => {
    app.route({
      method,
      url,
      handler: (request, reply) => {
        const body =
          library === undefined
            ? bare(request, PROFILE_BYTES)
            : act({ url: request.url, session: dataIn(request) }, PROFILE_BYTES);
        reply.type("text/plain; charset=utf-8").send(body);
      },
    });
  };
  for (const page of FRAMEWORK_PAGES) add(`/${page}`, scenarioOf(page));
  add("/login", login);
  await app.ready();
  return app.server;
}

/** The session that either plugin has put on the request; their types for it exclude each other. */
function dataIn({ session }: { session: unknown }): Profile {
  return session as Profile;
}
