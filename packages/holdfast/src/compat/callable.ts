/**
 * A class that may also be called without `new`, on an object that inherits from it: `Store.call(this)` beside
 * `util.inherits(Mine, Store)`, as stores were written before there were classes.
 *
 * @param prepare - does to such an object what the constructor does to its own
 */
export function callable<C extends abstract new (...args: never[]) => object>(
  Class: C,
  prepare: (self: InstanceType<C>) => void,
): C & ((this: unknown) => void) {
  const both = new Proxy(Class, {
    apply(_target, self: unknown): void {
      if (!(self instanceof Class)) {
        throw new TypeError(`Class constructor ${Class.name} cannot be invoked without 'new'`);
      }
      prepare(self as InstanceType<C>);
    },
  });
  Object.defineProperty(Class.prototype, "constructor", { value: both, writable: true, configurable: true });
  return both as C & ((this: unknown) => void);
}
