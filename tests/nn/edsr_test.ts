import { deepEqual, notDeepEqual } from "node:assert/strict";
import { edsr } from "../../lib/nn/edsr.ts";

Deno.test("EDSR L takes a tenth of what a block adds", () => {
  const small = { features: 4, blocks: 1 };
  const [large, baseline] = (["L", "baseline"] as const).map((variant) =>
    edsr({ variant, ...small, residualScale: 0.1 })
  );
  deepEqual(edsr({ variant: "L", ...small }).toOnnx(), large!.toOnnx());
  deepEqual(large!.graph.nodes, baseline!.graph.nodes);
  notDeepEqual(edsr({ variant: "baseline", ...small }).graph.nodes, baseline!.graph.nodes);
});
