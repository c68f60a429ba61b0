import { deepEqual, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

Deno.test("Shape and Size speak of lengths alone and have no channels", () => {
  match(flowOf("Shape", [[2, 4]]).outputs[0]!.join(), /^closed: Shape.* gives sizes, not channels$/);
  deepEqual(flowOf("Size", [[2, 4]]).outputs, [[]]);
});

Deno.test("ConstantOfShape makes as many channels as there are to be, zero where it fills with zero", () => {
  deepEqual(flowOf("ConstantOfShape", [{ ints: [2, 3] }]).outputs, [["new[2]", "new[3]"]]);
});

Deno.test("EyeLike has ones where two axes meet", () => {
  for (const axis of flowOf("EyeLike", [[3, 3]]).outputs[0]!) match(axis, /^closed: .*has ones/);
});

Deno.test("random numbers are as many as there are channels, and none of them is zero", () => {
  deepEqual(flowOf("RandomNormalLike", [[2, 3]]).outputs, [["0.0~", "0.1~"]]);
});
