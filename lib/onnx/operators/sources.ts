import { each, type OperatorFacts } from "./facts.ts";

/** Operators that make values of sizes, types and chance, and those that run graphs. */
export const sources = {
  ...each({ since: 1, sizes: [0] }, "Shape", "Size"),
  Constant: { since: 1 },
  ConstantOfShape: { since: 9 },
  EyeLike: { since: 9, sizes: [0] },
  NonZero: { since: 9 },
  Range: { since: 11 },
  ...each({ since: 1, random: true }, "RandomNormal", "RandomUniform"),
  ...each({ since: 1, random: true, sizes: [0] }, "RandomNormalLike", "RandomUniformLike"),
  Multinomial: { since: 7, random: true },
  Bernoulli: { since: 15, random: true },
  ...each({ since: 1 }, "If", "Loop"),
  Scan: { since: 8 },
  DFT: { since: 17 },
} as const satisfies Record<string, OperatorFacts>;
