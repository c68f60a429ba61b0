import { each, type OperatorFacts } from "./facts.ts";

/** Operators that leave one number of many: reductions and pooling. */
export const reduce = {
  ...each({ since: 1 }, "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax"),
  ...each({ since: 1 }, "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare"),
  MaxUnpool: { since: 9 },
  ...each({ since: 1 }, "ArgMax", "ArgMin", "AveragePool", "LpPool", "MaxPool"),
  ...each({ since: 1 }, "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool"),
} as const satisfies Record<string, OperatorFacts>;
