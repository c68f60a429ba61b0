import { deepEqual, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

Deno.test("axes are compared from the last, and those of full length are coupled", () => {
  const { outputs, joins } = flowOf("Add", [[4, 5], [3, 4, 5]]);
  deepEqual(outputs[0], ["1.0~", "0.0", "0.1"]);
  deepEqual(joins, ["1.0 = 1.0", "0.0 = 0.0", "0.0 = 1.1", "0.1 = 0.1", "0.1 = 1.2"]);
});

Deno.test("what has length 1 is repeated: its only position must stay, unless it is stored", () => {
  const value = flowOf("Mul", [[3, 4], [3, 1]]);
  deepEqual(value.outputs[0], ["0.0", "0.1"]);
  match(value.consumed.join(), /^closed: Mul.* needs its only position$/);
  deepEqual(flowOf("Mul", [[3, 4], { weight: [3, 1] }]).consumed, []);
});

Deno.test("one axis that must stay keeps the other", () => {
  const { outputs, joins } = flowOf("Add", [[3, 4], [3, 4]], { shut: ["1.1"] });
  deepEqual(outputs[0], ["0.0", "closed: shut"]);
  deepEqual(joins.at(-1), "0.1 = closed: shut");
});

Deno.test("where nothing has the full length, the axis is closed", () => {
  const { outputs } = flowOf("Add", [[3, 1], [3, 1]]);
  match(outputs[0]![1]!, /^closed: Add.* needs its only position$/);
});
