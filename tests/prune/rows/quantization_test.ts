import { deepEqual, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

Deno.test("scales of channels go with them, one for all with nobody", () => {
  const each = flowOf("DequantizeLinear", [[4, 6], { weight: [6] }], { attributes: { axis: 1 } });
  deepEqual(each.outputs, [["0.0", "0.1"]]);
  deepEqual([each.joins, each.roles], [["0.1 = 1.0"], { "1.0": "statistic" }]);
  deepEqual(flowOf("DequantizeLinear", [[4, 6], { weight: [] }]).joins, []);
});

Deno.test("where blocks have scales, they leave whole along their axis, and places of the others with their own", () => {
  const { outputs, joins } = flowOf("DequantizeLinear", [[4, 6], { weight: [4, 2] }], {
    attributes: { axis: 1, block_size: 3 },
    opset: 21,
  });
  deepEqual(outputs, [["0.0", "0.1"]]);
  deepEqual(joins, ["0.0 = 1.0", "0.1 = 1.1[0,0,0,1,1,1]"]);
});

Deno.test("where one block is all of an axis, the axis stays", () => {
  const { outputs, joins } = flowOf("DequantizeLinear", [[4, 6], { weight: [4, 1] }], {
    attributes: { axis: 1, block_size: 6 },
    opset: 21,
  });
  deepEqual(joins, ["0.0 = 1.0"]);
  match(outputs[0]![1]!, /^closed: DequantizeLinear.* has one scale for all along it$/);
});

Deno.test("a computed number is zero behind a zero point that is none", () => {
  const { outputs } = flowOf("QuantizeLinear", [[4, 6], { weight: [] }, { ints: [7] }]);
  deepEqual(outputs, [["0.0~", "0.1~"]]);
});

Deno.test("what looks for the largest number needs channels that are zero", () => {
  const { outputs } = flowOf("DynamicQuantizeLinear", [[4, 6]], { outputs: 3, nonzero: ["0.1"] });
  deepEqual(outputs[0]![0], "0.0~");
  match(outputs[0]![1]!, /^closed: DynamicQuantizeLinear.* looks for its largest number$/);
});
