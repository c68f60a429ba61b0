import { cifar10 } from "../../lib/data/cifar10.ts";
import { IMAGENET_NORMALIZATION } from "../../lib/data/imagenet.ts";
import { normalize } from "../../lib/data/image_set.ts";
import { loadCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { loadWeights } from "../../lib/nn/load_weights.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { dataFileIfThere } from "../data.ts";

/** As many test images as there are with exact pixels. */
export const IMAGES = 1017;

/** ResNet-56 and images for it: published weights and CIFAR-10 where ESPALIER_DATA has them, else random ones. */
export async function subject(): Promise<
  { model: Model; weights: string; pixels: Float32Array; labels?: ArrayLike<number | bigint> }
> {
  const untrained = resnetCifar({ depth: 56 });
  const path = dataFileIfThere("resnet/resnet56-4bfd9763.th");
  if (path === undefined) {
    const random = seededRandom(1);
    const pixels = Float32Array.from({ length: IMAGES * 3 * 32 * 32 }, () => random.normal());
    return { model: untrained, weights: "random weights and pictures", pixels };
  }
  const { test } = await cifar10({ normalization: IMAGENET_NORMALIZATION });
  return {
    model: loadWeights(untrained, await loadCheckpoint(path)),
    weights: "published weights, CIFAR-10",
    pixels: (normalize(test.images, test.normalization).data as Float32Array).subarray(
      0,
      IMAGES * 3 * 32 * 32,
    ),
    labels: test.labels.data as BigInt64Array,
  };
}
