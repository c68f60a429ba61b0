import { deepEqual, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

Deno.test("elements are looked up along one axis, and the same places of the others go on", () => {
  const { outputs, joins, consumed } = flowOf("GatherElements", [[4, 5, 6], [4, 2, 6]], {
    attributes: { axis: 1 },
  });
  deepEqual(outputs, [["0.0", "1.1~", "0.2"]]);
  deepEqual(joins, ["0.0 = 1.0", "0.2 = 1.2"]);
  match(consumed.join(), /^closed: GatherElements.* looks it up by index$/);
});

Deno.test("where indices are fewer, only a part is taken of the axis, and it stays", () => {
  const { outputs } = flowOf("GatherElements", [[4, 5], [3, 2]], { attributes: { axis: 1 } });
  match(outputs[0]![0]!, /^closed: GatherElements.* takes a part of it$/);
});

Deno.test("what is written over data is zero where both are", () => {
  const written = (nonzero: string[]) =>
    flowOf("ScatterElements", [[4, 5], [4, 5], [4, 5]], { attributes: { axis: 1 }, nonzero }).outputs[0]![0];
  deepEqual([written([]), written(["0.0"]), written(["2.0"])], ["0.0", "0.0~", "0.0~"]);
});

Deno.test("slices are written whole: what lies along their axes goes on", () => {
  const { outputs, joins } = flowOf("ScatterND", [[4, 5, 6], { ints: [1] }, [6]], {});
  deepEqual(outputs.length, 1);
  deepEqual(joins.length, 2);
  match(outputs[0]![0]!, /^closed: ScatterND.* looks it up by index$/);
});

Deno.test("TopK compares along its axis, and a triangle counts along the last two", () => {
  const { outputs } = flowOf("TopK", [[4, 5], { ints: [2] }], { outputs: 2 });
  deepEqual(outputs.map((axes) => axes[0]), ["0.0", "0.0~"]);
  match(outputs[0]![1]!, /^closed: TopK.* compares its channels with one another$/);
  const triangle = flowOf("Trilu", [[4, 5, 6]]).outputs[0]!;
  deepEqual(triangle[0], "0.0");
  match(triangle[1]!, /^closed: Trilu.* counts places along it$/);
});
