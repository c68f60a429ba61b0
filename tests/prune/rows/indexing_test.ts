import { deepEqual, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

Deno.test("Split cuts channels into consecutive runs", () => {
  deepEqual(flowOf("Split", [[2, 5], { ints: [2, 3] }], { attributes: { axis: -1 }, outputs: 2 }).outputs, [
    ["0.0", "0.1[0,1]"],
    ["0.0", "0.1[2,3,4]"],
  ]);
});

Deno.test("Slice takes positions: forwards, backwards, beyond the end, along named axes", () => {
  const slice = (starts: number, ends: number, steps: number) =>
    flowOf("Slice", [[2, 6], ...[[starts], [ends], [-1], [steps]].map((ints) => ({ ints }))]).outputs[0]![1];
  deepEqual(slice(1, 4, 1), "0.1[1,2,3]");
  deepEqual(slice(1, 99, 2), "0.1[1,3,5]");
  deepEqual(slice(-2, -99, -2), "0.1[4,2,0]");
  deepEqual(slice(0, 6, 1), "0.1");
});

Deno.test("a Slice at places that are computed keeps what it cuts", () => {
  const { outputs } = flowOf("Slice", [[2, 6], [1], { ints: [4] }, { ints: [1] }]);
  deepEqual(outputs[0]![0], "0.0");
  match(outputs[0]![1]!, /^closed: Slice.* cuts it at unknown places$/);
});

Deno.test("Gather by constants takes positions; one alone is taken out and stays", () => {
  const { outputs } = flowOf("Gather", [[2, 6], { ints: [3, 0, -1] }], { attributes: { axis: 1 } });
  deepEqual(outputs, [["0.0", "0.1[3,0,5]"]]);
});

Deno.test("a table is looked up by index: its rows stay, its columns are channels that it makes", () => {
  const { outputs, consumed, roles } = flowOf("Gather", [{ weight: [9, 4] }, [2, 3]]);
  for (const end of [outputs[0]![0]!, outputs[0]![1]!, consumed[0]!]) match(end, /looks it up by index$/);
  deepEqual(outputs[0]![2], "0.1");
  deepEqual(roles["0.1"], "out");
});

Deno.test("Pad adds places that are channels of their own, as zero as what is filled in", () => {
  const pads = { ints: [0, 1, 0, 2] };
  deepEqual(flowOf("Pad", [[2, 3], pads]).outputs, [["0.0", "new[1] 0.1 new[2]"]]);
  match(flowOf("Pad", [[2, 3], pads], { attributes: { mode: "reflect" } }).outputs[0]![1]!, /cannot shrink$/);
});

Deno.test("Expand repeats what has length 1, as often as there are channels", () => {
  const { outputs, consumed } = flowOf("Expand", [[1, 4], { ints: [3, 1] }]);
  deepEqual(outputs, [["new[3]~", "0.1"]]);
  match(consumed.join(), /^closed: Expand.* repeats it$/);
});
