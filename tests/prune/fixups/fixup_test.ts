import { deepEqual } from "node:assert/strict";
import type { Node } from "../../../lib/onnx/model.ts";
import { changedSizes, withAttribute, withInput } from "../../../lib/prune/fixups/fixup.ts";
import type { Surgery } from "../../../lib/prune/prune.ts";

const node: Node = { op: "Any", inputs: ["x"], outputs: ["y"], attributes: {} };

Deno.test("an input behind those that there are leaves the ones between out", () => {
  deepEqual(withInput(node, 2, "z").inputs, ["x", "", "z"]);
  deepEqual(withInput(node, 0, "z").inputs, ["z"]);
  deepEqual(node.inputs, ["x"]);
});

Deno.test("attributes are one whole number or several", () => {
  deepEqual(withAttribute(node, "group", 3).attributes, { group: { type: "int", value: 3 } });
  deepEqual(withAttribute(node, "pads", [1, 2]).attributes, { pads: { type: "ints", value: [1, 2] } });
});

Deno.test("sizes that changed are told by axis, as a part where channels repeat", () => {
  const surgery = {
    shape: () => [2, 6, "4*N"],
    kept: (_: unknown, axis: number) => [undefined, Int32Array.of(0, 5), Int32Array.of(1, 2, 3)][axis],
    period: (_: unknown, axis: number) => axis === 2 ? 4 : undefined,
  } as unknown as Surgery;
  deepEqual([...changedSizes("x", surgery)], [[1, 2], [2, { times: 3, over: 4 }]]);
});
