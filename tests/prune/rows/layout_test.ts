import { deepEqual, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

Deno.test("Flatten repeats each channel over its pixels", () => {
  const { outputs, consumed } = flowOf("Flatten", [[5, 3, 2, 1]], { shut: ["0.2"] });
  deepEqual(outputs, [["0.0", "0.1[0,0,1,1,2,2]"]]);
  match(consumed.join(), /^closed: Flatten.* needs its only position$/);
});

Deno.test("a run that is split carries channels along one axis, whole slices at a time", () => {
  const { outputs, joins } = flowOf("Reshape", [[2, 6], { ints: [2, 3, 2] }]);
  deepEqual(outputs[0]!.slice(0, 2), ["0.0", "0.1[0,2,4]"]);
  match(outputs[0]![2]!, /lays the channels along another axis$/);
  deepEqual(joins, ["0.1[0,0,2,2,4,4] = 0.1"]);
});

Deno.test("an axis that is merged with an unknown length stays, and so does one under an unknown rank", () => {
  const { consumed } = flowOf("Reshape", [["N", 4, "T"], { ints: [0, -1] }], { shut: ["0.0"] });
  match(consumed.join(), /^closed: Reshape.* merges it with an axis of unknown length$/);
});

Deno.test("Transpose moves axes, all round where it is not told how", () => {
  deepEqual(flowOf("Transpose", [[2, 3, 4]], { attributes: { perm: [0, 2, 1] } }).outputs, [[
    "0.0",
    "0.2",
    "0.1",
  ]]);
  deepEqual(flowOf("Transpose", [[2, 3, 4]]).outputs, [["0.2", "0.1", "0.0"]]);
});

Deno.test("Concat lays channels one behind the other, and couples the other axes", () => {
  const { outputs, joins } = flowOf("Concat", [[2, 3], [2, 4], [2, 2]], {
    attributes: { axis: 1 },
    shut: ["1.1"],
    nonzero: ["2.1"],
  });
  deepEqual(outputs, [["0.0", "0.1 stays[4] 2.1~"]]);
  deepEqual(joins, ["0.0 = 0.0", "0.0 = 1.0", "0.0 = 2.0"]);
});
