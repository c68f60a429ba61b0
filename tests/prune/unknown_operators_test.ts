import assert from "node:assert/strict";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { assertEqualsMask, normalFeeds } from "./each_channel.ts";
import { Net } from "./net.ts";

Deno.test("behind an operator without a row, what the file says of sizes is still true", async () => {
  const n = new Net();
  const x = n.g.input("x", "float32", [2, 3, 8, 8]);
  const y = n.conv(n.conv(x, 3, 6), 6, 4, 1);
  const folded = n.op("ReverseSequence", [y, n.ints(1, 2, 2, 1)]);
  n.g.output(n.conv(n.conv(folded, 4, 6), 6, 2, 1), "y");
  const { graph } = n.g.model();
  const values = new Map(graph.values).set(folded, { type: "float32", shape: [2, 4, 8, 8] });
  const model = n.g.model().withGraph({ ...graph, values });
  const plan = planPruning(model, { target: { macs: 0.6 }, roundTo: 1 });
  assert.match(plan.boundaries[0]!.op, /ReverseSequence/);
  assert.ok(plan.groups.reduce((all, { removed }) => all + removed.length, 0) > 4);
  await assertEqualsMask(model, plan, normalFeeds([2, 3, 8, 8]), "both convolutions");
  assert.equal(countMacs(prune(model, plan)).macs, plan.after.macs);
});
