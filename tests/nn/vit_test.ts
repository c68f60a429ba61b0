import assert from "node:assert/strict";
import { vit, vitWeightName } from "../../lib/nn/vit.ts";
import { assertTorchvision } from "./torchvision.ts";

const sizes = { image: 8, patch: 4, layers: 2, heads: 2, hidden: 8, mlp: 16, classes: 3 };

Deno.test("vit takes torchvision's weights by name and gives its answer", async () => {
  await assertTorchvision("vit", vit({ ...sizes, weights: "zeros" }), 8);
});

Deno.test("vit takes them by the names of torchvision's published files, too", async () => {
  const inFile = (name: string) =>
    name.replace(".mlp.0.", ".mlp.linear_1.").replace(".mlp.3.", ".mlp.linear_2.");
  assert.notEqual(
    inFile("encoder.layers.encoder_layer_1.mlp.3.weight"),
    "encoder.layers.encoder_layer_1.mlp.3.weight",
  );
  const network = vit({ ...sizes, weights: "zeros" });
  await assertTorchvision("vit", network, 8, { inFile, rename: vitWeightName });
  await assert.rejects(
    assertTorchvision("vit", network, 8, { inFile }),
    /8 missing from the checkpoint: encoder\.layers\.encoder_layer_0\.mlp\.0\.weight/,
  );
});
