const PATIENCE = 10_000;

/** Resolves once `holds()` does; rejects where that takes too long. */
export async function until(holds) {
  const deadline = Date.now() + PATIENCE;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`Not yet: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
