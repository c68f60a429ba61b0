import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { fromMetaGraph } from "../../lib/metagraph/from_meta_graph.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { vggBn } from "../../lib/nn/vgg_bn.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { Net } from "../prune/net.ts";
import { BLOCKS } from "../prune/random_networks.ts";
import { assertRoundTrip } from "./round_trip.ts";

Deno.test("round trip: random networks, and what is left of them after pruning", () => {
  const blocks = fc.array(fc.constantFrom(...Object.keys(BLOCKS)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(blocks, fc.double({ min: 0.1, max: 0.9, noNaN: true }), fc.nat(99), (names, part, seed) => {
      const n = new Net();
      let x = n.conv(n.g.input("x", "float32", [1, 3, 4, 4]), 3, 8);
      for (const name of names) x = BLOCKS[name]!(n, x);
      n.g.output(n.conv(x, 8, 2), "y");
      const model = n.g.model();
      assertRoundTrip(model, names.join());
      const settings = { criterion: "random", seed } as const;
      const { reachable, before } = planPruning(model, { ...settings, target: { macs: 1 } });
      const least = reachable.macs / before.macs;
      const macs = Math.min(1, least + part * (1 - least) + 1e-9);
      assertRoundTrip(prune(model, planPruning(model, { ...settings, target: { macs } })), `pruned ${names}`);
    }),
    { seed: 4, numRuns: 60 },
  );
});

Deno.test("round trip: pruned ResNets and VGG, with channels of any number", () => {
  const models = [
    resnetCifar({ widths: [5, 7, 9], shortcut: "B" }),
    vggBn({ depth: 11, widths: [5, 6, 7, 8, 9] }),
  ];
  for (const model of models) {
    for (const seed of [1, 2]) {
      const plan = planPruning(model, { criterion: "random", seed, target: { macs: 0.5 }, roundTo: 1 });
      const pruned = prune(model, plan);
      assertRoundTrip(pruned, "pruned");
      assert.equal(fromMetaGraph(pruned, metaGraph(pruned, { layout: "published" })), pruned);
    }
  }
});
