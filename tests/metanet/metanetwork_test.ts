import { metanetworkModel } from "../../lib/metanet/metanetwork.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { assertGolden, GOLDEN_STRUCTURE, goldenFeatures, goldenNetwork } from "./golden.ts";

for (const ratio of [.01, 1]) {
  Deno.test(`the metanetwork agrees with the official module on its golden vector, ratio ${ratio}`, async () => {
    const { nodes, edges } = goldenFeatures();
    const outputs = await runModel(metanetworkModel(goldenNetwork(ratio), GOLDEN_STRUCTURE), {
      "nodes.0": nodes[0],
      "nodes.1": nodes[1],
      "edges.0": edges,
    });
    assertGolden(
      [outputs["nodes.0.next"]!, outputs["nodes.1.next"]!],
      outputs["edges.0.next"]!,
      ratio,
    );
  });
}
