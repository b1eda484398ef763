/**
 * Reads text fields from a parsed body of any shape.
 *
 * @module
 */
import type { Request } from "express";

/** True for a ticked checkbox, and for `true` in JSON. */
export function ticked(req: Request, name: string): boolean {
  const body: unknown = req.body;
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, name)) return false;
  const value: unknown = Reflect.get(body, name);
  return value === true || value === "on" || value === "true";
}

/** The field if it is a string, else `""`: arrays, objects and numbers are not what a form sends. */
export function field(req: Request, name: string): string {
  const body: unknown = req.body;
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, name)) return "";
  const value: unknown = Reflect.get(body, name);
  return typeof value === "string" ? value : "";
}
