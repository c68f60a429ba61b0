import assert from "node:assert/strict";
import { featureFeeds } from "../../lib/metanet/feature_feeds.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import { metanetworkModel } from "../../lib/metanet/metanetwork.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { branched } from "./branched.ts";

Deno.test("a graph's features are the inputs of a metanetwork's model, by name and shape", () => {
  const graph = metaGraph(branched());
  const model = metanetworkModel(metanetworkFor(branched(), { hidden: 4, layers: 1 }), graph);
  const shapes = Object.entries(featureFeeds(graph)).map(([name, { dims }]) => [name, [...dims]]);
  assert.deepEqual(
    shapes.sort(),
    model.graph.inputs.map((name) => [name, model.graph.values.get(name)!.shape]).sort(),
  );
});
