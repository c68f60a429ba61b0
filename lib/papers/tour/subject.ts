import { cifar10 } from "../../data/cifar10.ts";
import { hasData } from "../../data/data_digest.ts";
import { IMAGENET_NORMALIZATION } from "../../data/imagenet.ts";
import type { ImageData } from "../../data/image_set.ts";
import { MANIFEST } from "../../data/manifest.ts";
import { proceduralImages } from "../../data/procedural.ts";
import { trainedResnet } from "../../data/trained_resnet.ts";
import { decodeModel } from "../../onnx/codec/decode.ts";
import type { Model } from "../../onnx/model.ts";

/** Subject of the tour, as data: images, and with them a network that was trained on such. */
export type SubjectSpec =
  | { readonly data: "cifar10" }
  | { readonly data: "procedural"; readonly seed: number };

/** Subject of the tour: a trained network, and the images that it is tested on. */
export interface TourSubject {
  /** The trained network. */
  readonly model: Model;
  /** Name in words, for figures. */
  readonly name: string;
  /** Images to train and test on. */
  readonly data: ImageData;
}

const CHECKPOINT = `resnet/${MANIFEST.resnet.files[0]!.name}`;

/**
 * The published CIFAR-10 ResNet-56 with CIFAR-10 where both are on this machine; else a ResNet-20 on
 * procedural images, which has to be trained first.
 */
export function chooseSubject(seed: number): SubjectSpec {
  const there = hasData(CHECKPOINT) && hasData("cifar10");
  return there ? { data: "cifar10" } : { data: "procedural", seed };
}

/** The data sets that a subject is read from. */
export function subjectFiles({ data }: SubjectSpec): readonly string[] {
  return data === "cifar10" ? [CHECKPOINT, "cifar10"] : [];
}

/** The network in words. */
export function subjectName({ data }: SubjectSpec): string {
  return data === "cifar10" ? "ResNet-56" : "ResNet-20";
}

/**
 * Images of a subject.
 *
 * @param images to train on, where they are made; all that were read where not
 * @throws Error where they are not on this machine
 */
export async function subjectData(spec: SubjectSpec, images = 1): Promise<ImageData> {
  return spec.data === "cifar10"
    ? await cifar10({ normalization: IMAGENET_NORMALIZATION })
    : proceduralImages({ train: images, test: 1000, seed: spec.seed });
}

/**
 * A subject's network and its test images; `trained` gives the ONNX bytes of a network that had to be
 * trained.
 */
export async function openSubject(
  spec: SubjectSpec,
  trained: () => Promise<Uint8Array>,
): Promise<TourSubject> {
  const model = await subjectModel(spec, trained);
  return { model, name: subjectName(spec), data: await subjectData(spec) };
}

/**
 * The network of a subject.
 *
 * @param trained gives the ONNX bytes of the one that had to be trained
 * @throws Error where the checkpoint is not on this machine
 */
export async function subjectModel(spec: SubjectSpec, trained: () => Promise<Uint8Array>): Promise<Model> {
  return spec.data === "cifar10" ? await trainedResnet() : decodeModel(await trained());
}
