import type { DeviceBinding } from "../object/types.ts";
import type { RecordHeader } from "../record/header.ts";

/** The device that a session is bound to, as its user may see it. */
export function bindingOf({ device }: RecordHeader): DeviceBinding | undefined {
  const key = device?.key;
  if (key === undefined) return undefined;
  const { thumbprint, algorithm, boundAt, provenAt } = key;
  return { thumbprint, algorithm, boundAt: new Date(boundAt), provenAt: new Date(provenAt) };
}
