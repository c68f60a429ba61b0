import { deepEqual, equal } from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import { declaredWays, keepWays, wayBySize } from "../../../lib/prune/channels/group_ways.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";

Deno.test("the way is that of more separate choices: as many groups as places in each, or more", () => {
  deepEqual([[8, 1, 1], [4, 4, 4], [2, 8, 4], [4, 8, 2]].map(([groups, ...per]) => wayBySize(groups!, per)), [
    "groups",
    "groups",
    "places",
    "groups",
  ]);
});

Deno.test("a pruned model declares the way that its sizes no longer tell, and no other", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [1, 4, 3, 3]);
  const weight = g.parameter("w", float32(new Float32Array(8), [4, 2, 1, 1]));
  // Two groups of two: by its sizes whole groups leave.
  g.output(g.nodeNamed(["y"], "Conv", [x, weight], { group: 2 })[0]!, "y");
  const model = inferShapes(g.model());
  const after = (way: "groups" | "places") =>
    declaredWays(keepWays(model, model, [{ output: "y", way, labels: [] }]).info);
  deepEqual([...after("places")], [["y", "places"]]);
  equal(after("groups").size, 0);
  equal(declaredWays(model.info).size, 0);
});
