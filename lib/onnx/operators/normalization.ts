import { each, type LearnedInput, type OperatorFacts } from "./facts.ts";

const scale: LearnedInput = { role: "scale", neutral: 1 };
const bias: LearnedInput = { role: "bias", neutral: 0 };
const statistic: LearnedInput = { role: "statistic" };
const table: LearnedInput = { role: "embedding" };

/** Operators that compare or scale by what lies along an axis, and losses. */
export const normalization = {
  BatchNormalization: { since: 1, learned: { 1: scale, 2: bias, 3: statistic, 4: statistic }, zeros: [1, 2] },
  InstanceNormalization: { since: 1, learned: { 1: scale, 2: bias }, zeros: [1, 2] },
  GroupNormalization: { since: 18, learned: { 1: scale, 2: bias }, zeros: [1, 2] },
  LayerNormalization: { since: 17, learned: { 1: scale, 2: bias }, zeros: [1, 2] },
  RMSNormalization: { since: 23, learned: { 1: scale }, zeros: [1] },
  "com.microsoft:LayerNormalization": { since: 1, learned: { 1: scale, 2: bias }, zeros: [1, 2] },
  ...each(
    { since: 1, learned: { 1: scale }, zeros: [1] },
    "SimplifiedLayerNormalization",
    "com.microsoft:SimplifiedLayerNormalization",
  ),
  "com.microsoft:SkipLayerNormalization": {
    since: 1,
    learned: { 2: scale, 3: bias, 4: bias },
    zeros: [2, 3, 4],
  },
  "com.microsoft:SkipSimplifiedLayerNormalization": {
    since: 1,
    learned: { 2: scale, 3: bias },
    zeros: [2, 3],
  },
  "com.microsoft:EmbedLayerNormalization": {
    since: 1,
    learned: { 2: table, 3: table, 4: table, 5: scale, 6: bias },
    zeros: [2, 3, 4, 5, 6],
  },
  ...each({ since: 1, reshapes: true }, "Softmax", "LogSoftmax", "LpNormalization"),
  ...each({ since: 1 }, "Hardmax", "LRN"),
  MeanVarianceNormalization: { since: 9 },
  CumSum: { since: 11 },
  CumProd: { since: 26 },
  ...each({ since: 12 }, "NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"),
} as const satisfies Record<string, OperatorFacts>;
