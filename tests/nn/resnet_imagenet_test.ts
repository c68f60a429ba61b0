import { resnetImagenet } from "../../lib/nn/resnet_imagenet.ts";
import { assertTorchvision } from "./torchvision.ts";

for (const depth of [18, 50] as const) {
  Deno.test(`resnet${depth} takes torchvision's weights by name and gives its answer`, async () => {
    await assertTorchvision(`resnet${depth}`, resnetImagenet({ depth, classes: 5, weights: "zeros" }), 224);
  });
}
