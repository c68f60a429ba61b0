import { deepEqual, match } from "node:assert/strict";
import { flowOf, type Given } from "./flow_of.ts";

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

Deno.test("zero points of rows go with rows and those of columns with columns, in each shape that ONNX has", () => {
  const zeros = (left: number[], right: number[], a = [3, 4, 6], b = [3, 6, 5]) => {
    const { joins, outputs, roles } = flowOf("MatMulInteger", [a, b, { weight: left }, { weight: right }]);
    deepEqual(outputs[0]!.slice(-2), [`0.${a.length - 2}`, `1.${b.length - 1}`]);
    deepEqual(Object.entries(roles).filter(([axis]) => /^[23]/.test(axis)).map(([_, role]) => role), [
      ...joins.filter((join) => / = [23]/.test(join)).map(() => "statistic"),
    ]);
    return joins.filter((join) => / = [23]/.test(join));
  };
  deepEqual(zeros([], []), []);
  deepEqual(zeros([1], [1, 1]), []);
  deepEqual(zeros([4], [5], [4, 6], [6, 5]), ["0.0 = 2.0", "1.1 = 3.0"]);
  deepEqual(zeros([4, 1], [1, 5], [4, 6], [6, 5]), ["0.0 = 2.0", "1.1 = 3.1"]);
  deepEqual(zeros([3, 4, 1], [3, 1, 5]), ["0.0 = 2.0", "0.1 = 2.1", "1.0 = 3.0", "1.2 = 3.2"]);
  deepEqual(zeros([1, 4, 1], [1, 1, 5]), ["0.1 = 2.1", "1.2 = 3.2"]);
});

Deno.test("scales and zero points of a rounded product's rows go with them, those of the result too", () => {
  const rows = { weight: [4, 1] }, columns = { weight: [1, 5] };
  const sides = [[4, 6], rows, { weight: [4] }, [6, 5], columns, { weight: [5] }] as const;
  const { joins } = flowOf("QLinearMatMul", [...sides, rows, { weight: [4] }]);
  deepEqual(joins.filter((join) => join !== "0.1 = 3.0"), [
    ...["0.0 = 1.0", "0.0 = 2.0", "3.1 = 4.1", "3.1 = 5.0", "0.0 = 6.0", "0.0 = 7.0"],
  ]);
});

Deno.test("zero points that do not lie along what they are of keep all of it", () => {
  const { joins } = flowOf("MatMulInteger", [[4, 6], [6, 5], { weight: [3, 4, 1] }]);
  match(joins[1]!, /^closed: MatMulInteger.* has none of its axes = 2.0$/);
});

Deno.test("where nobody knows whether scales are one for all, channels stay", () => {
  const kept = (op: string, inputs: Given[], attributes = {}) =>
    flowOf(op, inputs, { attributes }).joins.filter((join) =>
      /has scales or zero points of unknown shape/.test(join)
    )
      .map((join) => join.slice(0, 3));
  deepEqual(kept("DequantizeLinear", [[4, 6], "unknown"], { axis: 0 }), ["0.0"]);
  deepEqual(kept("MatMulInteger", [[4, 6], [6, 5], "unknown", "unknown"]), ["0.0", "0.1", "1.0", "1.1"]);
  deepEqual(kept("ConvInteger", [[1, 4, 6, 6], { weight: [5, 4, 1, 1] }, undefined, "unknown"]), ["1.0"]);
});
