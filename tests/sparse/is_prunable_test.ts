import assert from "node:assert/strict";
import { weightsOf } from "../../lib/nn/weights.ts";
import { vit } from "../../lib/nn/vit.ts";
import { isPrunable } from "../../lib/sparse/is_prunable.ts";

Deno.test("weights of products and convolutions are prunable; biases, norms, tokens and tables are not", () => {
  const model = vit({ image: 8, patch: 4, layers: 1, heads: 2, hidden: 4, mlp: 6, classes: 3 });
  const names = weightsOf(model).filter(isPrunable).map(({ name }) =>
    name.replace("encoder.layers.encoder_layer_0.", "")
  );
  assert.deepEqual(names, [
    "conv_proj.weight",
    "self_attention.in_proj_weight",
    "self_attention.out_proj.weight",
    "mlp.0.weight",
    "mlp.3.weight",
    "heads.head.weight",
  ]);
});
