import { cifar10 } from "../../data/cifar10.ts";
import { IMAGENET_NORMALIZATION } from "../../data/imagenet.ts";
import { ifThere } from "../../data/folders.ts";
import { black, cropAndFlip } from "../../data/augment.ts";
import { type ImageData, subset, toExamples } from "../../data/image_set.ts";
import { proceduralImages } from "../../data/procedural.ts";
import { trainedResnet } from "../../data/trained_resnet.ts";
import { resnetCifar } from "../../nn/resnet_cifar.ts";
import type { Model } from "../../onnx/model.ts";
import type { Progress } from "../../progress.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Augment, Examples } from "../../train/batches.ts";
import { fit } from "../../train/fit.ts";
import { oneCycle } from "../../train/schedules.ts";

/** What the tour prunes: a trained network and its data. */
export interface TourSubject {
  model: Model;
  /** In words, for figures. */
  name: string;
  data: ImageData;
  train: Examples;
  test: Examples;
  augment: Augment;
}

/** Settings of {@linkcode tourSubject}. */
export interface SubjectOptions {
  seed: number;
  /** Training images, the first so many. */
  images: number;
  runtime: Runtime;
  progress: Progress;
}

/**
 * The published CIFAR-10 ResNet-56 with CIFAR-10 where both are on this machine; else a ResNet-20, trained here on
 * procedural pictures in a minute or two.
 */
export async function tourSubject(options: SubjectOptions): Promise<TourSubject> {
  const model = await ifThere(trainedResnet());
  const data = model && await ifThere(cifar10({ normalization: IMAGENET_NORMALIZATION }));
  return data ? { model, name: "ResNet-56", ...examplesOf(data, options.images) } : await procedural(options);
}

/** Five times through 5,000 pictures make a network that is right about nine times out of ten. */
async function procedural({ seed, images, runtime, progress }: SubjectOptions): Promise<TourSubject> {
  const data = proceduralImages({ train: Math.max(5000, images), test: 1000, seed });
  const untrained = resnetCifar({ depth: 20, seed });
  const { model } = await fit(untrained, toExamples(data.train), {
    epochs: 5,
    batchSize: 64,
    schedule: oneCycle({ rate: 0.1 }),
    seed,
    runtime,
    progress,
  });
  return { model, name: "ResNet-20", ...examplesOf(data, images) };
}

function examplesOf(data: ImageData, images: number): Omit<TourSubject, "model" | "name"> {
  const available = data.train.images.dims[0]!;
  const train = subset(data.train, Math.min(images, available));
  return {
    data,
    train: toExamples(train),
    test: toExamples(data.test),
    augment: cropAndFlip({ fill: black(data.train.normalization) }),
  };
}
