import { loadCheckpoint } from "../formats/load_checkpoint.ts";
import { loadWeights } from "../nn/load_weights.ts";
import { resnetCifar } from "../nn/resnet_cifar.ts";
import type { Model } from "../onnx/model.ts";
import { dataFolders, missing } from "./folders.ts";
import { MANIFEST } from "./manifest.ts";
import { statIfFound } from "../files/not_found.ts";

/**
 * A ResNet-56 that was trained on all of CIFAR-10, 93.4 % right on its test images, which are to be
 * normalised with `IMAGENET_NORMALIZATION`. From this machine: `deno task data resnet` downloads it.
 *
 * Source: Y. Idelbayev, "Proper ResNet implementation for CIFAR10/CIFAR100 in PyTorch".
 *
 * @throws Error where the checkpoint is nowhere
 */
export async function trainedResnet(): Promise<Model> {
  const { title, files: [file] } = MANIFEST.resnet;
  const folders = dataFolders("resnet");
  const path = folders.map((folder) => `${folder}/${file!.name}`).find((path) => statIfFound(path));
  if (path === undefined) throw missing(title, "resnet", folders);
  return loadWeights(resnetCifar({ depth: 56 }), await loadCheckpoint(path));
}
