import type { Weight } from "../nn/weights.ts";

/** Weights of convolutions, matrix products and recurrent layers: never biases, norms or tables. */
export function isPrunable({ role }: Pick<Weight, "role">): boolean {
  return role === "weight";
}
