import { each, type OperatorFacts } from "./facts.ts";

/** Operators that leave one number of many: reductions and pooling. */
export const reduce = {
  ...each(
    { since: 1 },
    ...[
      "ReduceL1",
      "ReduceL2",
      "ReduceLogSum",
      "ReduceLogSumExp",
      "ReduceMax",
      "ReduceMean",
      "ReduceMin",
    ] as const,
    ...["ReduceProd", "ReduceSum", "ReduceSumSquare", "ArgMax", "ArgMin"] as const,
    ...["AveragePool", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "LpPool", "MaxPool"] as const,
  ),
} as const satisfies Record<string, OperatorFacts>;
