import { deepEqual, match } from "node:assert/strict";
import { flowOf, type FlowOptions, type Given } from "./flow_of.ts";

const attributes = { K: 6, N: 5, bits: 4, block_size: 2 };
const nBits = (inputs: readonly Given[], options: FlowOptions = {}) =>
  flowOf("com.microsoft:MatMulNBits", [[4, 6], { weight: [5, 3, 1] }, { weight: [5, 3] }, ...inputs], {
    attributes,
    ...options,
  });

Deno.test("output features are rows of all that is stored, input features blocks", () => {
  const { outputs, joins, roles } = nBits([{ weight: [5, 2] }, undefined, { weight: [5] }]);
  deepEqual(outputs, [["0.0~", "1.0"]]);
  deepEqual(joins, [
    "1.0 = 2.0",
    "1.1 = 2.1",
    "1.0 = 3.0",
    "1.1 = 3.1[0,0,1]",
    "1.0 = 5.0",
    "0.1 = 1.1[0,0,1,1,2,2]",
  ]);
  deepEqual([roles["1.0"], roles["1.1"], roles["2.0"], roles["5.0"]], ["out", "block", "statistic", "bias"]);
});

Deno.test("a feature is zero where its scales and its bias can be", () => {
  deepEqual(nBits([]).outputs, [["0.0", "1.0"]]);
  deepEqual(nBits([], { nonzero: ["2.0"] }).outputs, [["0.0", "1.0~"]]);
  deepEqual(nBits([undefined, undefined, { weight: [5] }], { nonzero: ["5.0"] }).outputs[0]![1], "1.0~");
  match(
    nBits([], { nonzero: ["0.1", "2.0"] }).consumed[0]!,
    /sums over it, where a masked channel is not zero$/,
  );
});

Deno.test("input features stay where a list names their groups, and all where scales are one vector", () => {
  const listed = nBits([undefined, { ints: [0, 0, 1, 1, 2, 2] }]);
  match(listed.joins.at(-1)!, /^0\.1 = closed: .*MatMulNBits.* names the group of each weight$/);
  const flat = flowOf("com.microsoft:MatMulNBits", [[4, 6], { weight: [5, 3, 1] }, { weight: [15] }], {
    attributes,
  });
  match(flat.consumed[0]!, /^closed: .*MatMulNBits.* not stored as its rows and blocks$/);
});

Deno.test("where zero points are not rows of blocks, or share bits across bytes, all stays", () => {
  for (const [points, bits] of [[[15], 4], [[5, 4], 4], [[5, 3, 1], 8], [[5, 2], 3]] as const) {
    const { outputs, consumed } = nBits([{ weight: points }], { attributes: { ...attributes, bits } });
    deepEqual(outputs, []);
    match(
      consumed[0]!,
      /^closed: .*MatMulNBits.* has zero points that are not stored as its rows and blocks$/,
    );
  }
});
