import { createServer, type Server } from "node:http";
import type { Contender, Place } from "../contenders/contender.ts";
import { expressSession } from "../contenders/express-session.ts";
import { holdfast } from "../contenders/holdfast.ts";
import { createApp } from "../http/app.ts";
import { SECRET } from "../trial.ts";
import { fastifyServer } from "./fastify.ts";
import { honoServer } from "./hono.ts";
import type { FrameworkLibrary, FrameworkTask } from "./tasks.ts";

/** A server that does not listen yet. */
export async function serverOf({ framework, library }: FrameworkTask): Promise<Server> {
  switch (framework) {
    case "Express 5":
      return createServer(createApp(await onExpress(library)));
    case "Fastify 4":
      return fastifyServer(library);
    case "Hono 4":
      return honoServer(library);
  }
}

/** In the memory of the process, so they need no place. */
async function onExpress(library: FrameworkLibrary | undefined): Promise<Contender | undefined> {
  const place: Place = { secret: SECRET, folder: "" };
  if (library === undefined) return undefined;
  return library === "Holdfast" ? holdfast("memory", place) : expressSession("MemoryStore", place);
}
