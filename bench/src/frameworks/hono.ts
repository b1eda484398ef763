import { createServer, type Server } from "node:http";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { type Session, useSession, useSessionStorage } from "@hono/session";
import { type Context, Hono } from "hono";
import { PROFILE_BYTES, type Profile } from "../profile.ts";
import { login, type Scenario, scenarioOf } from "../scenarios.ts";
import { SECRET } from "../trial.ts";
import { FRAMEWORK_PAGES, type FrameworkLibrary } from "./tasks.ts";

interface AppEnv {
  Bindings: HttpBindings;
  Variables: { session: Session<Profile> };
}

const ONE_DAY = 86_400;

/** An app on Hono, with the scenarios as its pages. */
export function honoServer(library: FrameworkLibrary | undefined): Server {
  const app = new Hono<AppEnv>();
  if (library === "@hono/session") {
    // It has no storage of its own, and without a duration it seals its cookie anew with each write.
    const storage = new Map<string, Profile>();
    app.use(
      useSessionStorage({
        get: (id) => storage.get(id) ?? null,
        set: (id, data) => void storage.set(id, data),
        delete: (id) => void storage.delete(id),
      }),
      useSession({ secret: SECRET, duration: { absolute: ONE_DAY } }),
    );
  }
  const add = (path: string, scenario: Scenario): void => {
    app.on(scenario.method, path, async (context) => {
      const { url = "/" } = context.env.incoming;
      if (library === undefined) return context.text(scenario.bare({ url }, PROFILE_BYTES));
      return context.text(await bodyOf(scenario, url, context));
    });
  };
  for (const page of FRAMEWORK_PAGES) add(`/${page}`, scenarioOf(page));
  add("/login", login);
  return createServer(getRequestListener(app.fetch));
}

/** In one call of the library, which opens its cookie anew in each. */
async function bodyOf(
  { act, effect }: Scenario,
  url: string,
  { var: { session } }: Context<AppEnv>,
): Promise<string> {
  if (effect === "none") return act({ url, session: (await session.get()) ?? {} }, PROFILE_BYTES);
  let body = "";
  await session.update((before) => {
    const data = { ...before };
    body = act({ url, session: data }, PROFILE_BYTES);
    return data;
  });
  return body;
}
