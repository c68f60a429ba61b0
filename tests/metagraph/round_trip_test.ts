import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { vggBn } from "../../lib/nn/vgg_bn.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { REAL_MODELS, realModel, realModelBytes } from "../onnx/real_models.ts";
import { assertRoundTrip } from "./round_trip.ts";

const ZOO: Record<string, () => Model> = {
  mlp: () => mlp({ sizes: [8, 16, 4] }),
  "ResNet-20, option A": () => resnetCifar({ depth: 20, widths: [4, 8, 16] }),
  "ResNet-20, option B": () => resnetCifar({ depth: 20, shortcut: "B", widths: [4, 8, 16] }),
  "equal widths around a downsampling": () => resnetCifar({ depth: 20, shortcut: "B", widths: [8, 8, 8] }),
  "VGG-11": () => vggBn({ depth: 11, widths: [4, 4, 8, 8, 8] }),
};

for (const [name, build] of Object.entries(ZOO)) {
  Deno.test(`round trip: ${name}`, () => void assertRoundTrip(build(), name));
}

for (const name of REAL_MODELS) {
  Deno.test(`round trip: ${name}`, { ignore: !realModelBytes(name) }, () => {
    assertRoundTrip(realModel(name), name);
  });
}
