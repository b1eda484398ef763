import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

// A Redis Cluster node listens on a second port 10,000 above its own.
const HIGHEST = 55_535;

/** Ports of the loopback address that nobody listens on, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count * 4 }, () => createServer());
  const ports = await Promise.all(
    probes.map(async (probe) => {
      probe.listen(0, "127.0.0.1");
      await once(probe, "listening");
      return (probe.address() as AddressInfo).port;
    }),
  );
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  const usable = ports.filter((port) => port <= HIGHEST).slice(0, count);
  return usable.length === count ? usable : freePorts(count);
}
