/** True for an object with all these methods. */
export function hasMethods(value: unknown, ...names: readonly string[]): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === "function")
  );
}
