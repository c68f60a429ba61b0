import { vit } from "../../lib/nn/vit.ts";
import { assertTorchvision } from "./torchvision.ts";

Deno.test("vit takes torchvision's weights by name and gives its answer", async () => {
  const sizes = { image: 8, patch: 4, layers: 2, heads: 2, hidden: 8, mlp: 16, classes: 3 };
  await assertTorchvision("vit", vit({ ...sizes, weights: "zeros" }), 8);
});
