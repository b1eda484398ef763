/**
 * Reads text fields from a parsed body of any shape.
 *
 * @module
 */
import type { Request } from "express";

/** The field if it is a string, else `""`: arrays, objects and numbers are not what a form sends. */
export function field(req: Request, name: string): string {
  const body: unknown = req.body;
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, name)) return "";
  const value: unknown = Reflect.get(body, name);
  return typeof value === "string" ? value : "";
}
