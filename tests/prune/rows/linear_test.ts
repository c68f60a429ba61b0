import { deepEqual, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

Deno.test("MatMul sums over the last axis of one and the one before the last of the other", () => {
  const flow = flowOf("MatMul", [[2, 5, 3], { weight: [3, 4] }]);
  deepEqual(flow.outputs, [["0.0", "0.1", "1.1"]]);
  deepEqual(flow.joins, ["0.2 = 1.0", "0.0 = 0.0"]);
  deepEqual(flow.roles, { "0.2": "in", "1.0": "in", "0.1": "out", "1.1": "out" });
});

Deno.test("a sum sees a masked channel only where neither side is zero", () => {
  for (const nonzero of [["0.1"], ["1.0"]]) {
    deepEqual(flowOf("MatMul", [[2, 3], [3, 4]], { nonzero }).consumed, []);
  }
  match(
    flowOf("MatMul", [[2, 3], [3, 4]], { nonzero: ["0.1", "1.0"] }).consumed.join(),
    /^closed: MatMul.* sums over it, where a masked channel is not zero$/,
  );
});

Deno.test("the batch axes of both factors are one", () => {
  const flow = flowOf("MatMul", [[7, 2, 5, 3], [7, 2, 3, 4]]);
  deepEqual(flow.outputs, [["0.0", "0.1", "0.2", "1.3"]]);
  deepEqual(flow.joins, ["0.3 = 1.2", "0.0 = 0.0", "0.0 = 1.0", "0.1 = 0.1", "0.1 = 1.1"]);
});

Deno.test("a product with a vector keeps both whole", () => {
  const { outputs, consumed } = flowOf("MatMul", [[3], { weight: [3, 4] }]);
  deepEqual(outputs, []);
  deepEqual(consumed.length, 3);
  for (const axis of consumed) match(axis, /^closed: MatMul.* multiplies a vector$/);
});

Deno.test("Gemm turns either side round, and its bias goes with the columns", () => {
  const flow = flowOf("Gemm", [[3, 2], { weight: [4, 3] }, { weight: [4] }], {
    attributes: { transA: 1, transB: 1 },
  });
  deepEqual(flow.outputs, [["0.1~", "1.0"]]);
  deepEqual(flow.joins, ["0.0 = 1.1", "1.0 = 2.0"]);
  deepEqual(flow.roles, { "0.0": "in", "1.1": "in", "0.1": "out", "1.0": "out", "2.0": "bias" });
});

Deno.test("a bias that must stay keeps the columns", () => {
  const flow = flowOf("Gemm", [[2, 3], { weight: [3, 4] }, { weight: [4] }], { shut: ["2.0"] });
  deepEqual(flow.outputs, [["0.0~", "closed: shut"]]);
  deepEqual(flow.joins, ["0.1 = 1.0", "1.1 = closed: shut"]);
});
