import { existsSync } from "node:fs";
import { loadCheckpoint } from "../formats/load_checkpoint.ts";
import { loadWeights } from "../nn/load_weights.ts";
import { resnetCifar } from "../nn/resnet_cifar.ts";
import type { Model } from "../onnx/model.ts";
import { dataFolders, missing } from "./folders.ts";
import { MANIFEST } from "./manifest.ts";

/**
 * A ResNet that was trained on all of CIFAR-10, 91.7 % (20 layers) and 93.4 % (56) right on its test images, which are to
 * be normalised with `IMAGENET_NORMALIZATION`. From this machine: `deno task data resnet` downloads it.
 *
 * Source: Y. Idelbayev, "Proper ResNet implementation for CIFAR10/CIFAR100 in PyTorch".
 *
 * @throws Error where the checkpoint is nowhere
 */
export async function trainedResnet(depth: 20 | 56): Promise<Model> {
  const { title, files } = MANIFEST.resnet;
  const { name } = files.find(({ name }) => name.startsWith(`resnet${depth}-`))!;
  const folders = dataFolders("resnet");
  const path = folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
  if (path === undefined) throw missing(title, "resnet", folders);
  return loadWeights(resnetCifar({ depth }), await loadCheckpoint(path));
}
