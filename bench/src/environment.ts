import { availableParallelism } from "node:os";

/** Where figures come from, as far as they depend on it. */
export interface Environment {
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
}

export const HERE: Environment = {
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  cores: availableParallelism(),
};

export function sentenceOf({ node, platform, cores }: Environment): string {
  return `Node ${node} on ${platform} with ${cores} cores.`;
}
