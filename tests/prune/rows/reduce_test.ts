import { deepEqual, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

const SHAPE = [2, 4, 5];

Deno.test("a sum does not see channels that are zero: they leave from under it, and from under a mean", () => {
  for (const op of ["ReduceSum", "ReduceMean"]) {
    const sum = flowOf(op, [SHAPE, { ints: [1] }], { attributes: { keepdims: 0 } });
    deepEqual(sum.outputs, [["0.0", "0.2"]]);
    deepEqual(sum.consumed, ["0.1"]);
    match(
      flowOf(op, [SHAPE, { ints: [1] }], { nonzero: ["0.1"] }).consumed[0]!,
      /^closed: .*reduces over it$/,
    );
  }
  for (const op of ["ReduceMax", "ReduceProd"]) {
    match(flowOf(op, [SHAPE, { ints: [1] }]).consumed.join(), /^closed: .*reduces over it$/, op);
  }
});

Deno.test("an axis that is kept has one place, and none may leave from it", () => {
  const { outputs } = flowOf("ReduceMean", [SHAPE, { ints: [-1] }]);
  deepEqual(outputs[0]!.slice(0, 2), ["0.0", "0.1"]);
  match(outputs[0]![2]!, /^closed: .*reduces over it$/);
});

Deno.test("without axes everything is reduced, or nothing where that was asked for", () => {
  deepEqual(flowOf("ReduceSum", [SHAPE], { attributes: { keepdims: 0 } }).consumed, ["0.0", "0.1", "0.2"]);
  const { outputs, consumed } = flowOf("ReduceSum", [SHAPE], { attributes: { noop_with_empty_axes: 1 } });
  deepEqual([outputs, consumed], [[["0.0", "0.1", "0.2"]], []]);
});

Deno.test("ArgMax compares along its axis", () => {
  const { outputs, consumed } = flowOf("ArgMax", [SHAPE], { attributes: { axis: -2, keepdims: 0 } });
  deepEqual(outputs, [["0.0~", "0.2~"]]);
  match(consumed.join(), /^closed: .*compares its channels with one another$/);
});
