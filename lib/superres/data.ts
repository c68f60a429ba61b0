import type { Tensor } from "../deps.ts";
import type { Image } from "../formats/image.ts";
import type { Model } from "../onnx/model.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { benchmarkSet, type BenchmarkSetName } from "./benchmark_sets.ts";
import { luma } from "./luma.ts";
import type { ImagePair } from "./patches.ts";
import { toImage, toRgb, toTensor } from "./picture.ts";
import { proceduralTextures } from "./procedural.ts";
import { psnr } from "./psnr.ts";
import { imresize } from "./resample.ts";

/** A named picture with its low resolution. */
export interface TestPair extends ImagePair {
  /** For figures and tables of scores. */
  name: string;
}

/** What networks are trained and tested on. */
export interface SuperresData {
  /** Pictures, or functions that read them when they are drawn. */
  train: readonly (ImagePair | (() => Promise<ImagePair>))[];
  /** Pictures to test on. */
  test: readonly TestPair[];
  /** In words, for figures. */
  trainName: string;
  /** The test pictures in words, for figures. */
  testName: string;
  /** How many times larger the high resolution is, along each side. */
  scale: number;
}

/** Which data an experiment uses. */
export interface SuperresDataOptions {
  /** Sets of pictures, or procedural textures. */
  train: readonly (BenchmarkSetName | "procedural")[];
  /** Where it is not on this machine, textures that training does not see stand in. */
  test: BenchmarkSetName;
  /** How many times larger the high resolution is, along each side. */
  scale: number;
  /** Colours of the pictures. */
  space: "luma" | "rgb";
}

/** Textures for testing are of another seed than those for training. */
const HELD_OUT = 1_000_003;

/**
 * Pictures to train and to test on. Low resolution is made of the originals as MATLAB makes it.
 *
 * @throws Error where a set to train on is not on this machine
 */
export async function superresData(
  { train, test, scale, space }: SuperresDataOptions,
): Promise<SuperresData> {
  const sets = await Promise.all(
    train.map(async (name): Promise<Pick<SuperresData, "train" | "trainName">> => {
      if (name === "procedural") {
        const { pairs, name } = textures({ scale, space });
        return { train: pairs, trainName: name };
      }
      const set = await benchmarkSet(name, { scale, space });
      const readers = set.names.map((_, i) => () => set.pair(i));
      const train = readers.length > MOST_IN_MEMORY
        ? readers
        : await Promise.all(readers.map((read) => read()));
      return { train, trainName: set.name };
    }),
  );
  const tested = await readTest(test, { scale, space });
  return {
    train: sets.flatMap(({ train }) => train),
    trainName: sets.map(({ trainName }) => trainName).join(" + "),
    test: tested.pairs,
    testName: tested.name,
    scale,
  };
}

/** Sets of more pictures are read from disk again and again. */
const MOST_IN_MEMORY = 300;

interface NamedPairs {
  name: string;
  pairs: TestPair[];
}

/** A set, or textures in its place where it is not on this machine. A set that cannot be read is an error. */
async function readTest(
  name: BenchmarkSetName,
  { scale, space }: { scale: number; space: "luma" | "rgb" },
): Promise<NamedPairs> {
  const set = await benchmarkSet(name, { scale, space }).catch((error) => {
    if (/^Cannot find/.test(error.message)) return undefined;
    throw error;
  });
  if (!set) return textures({ scale, space, count: 8, seed: HELD_OUT });
  const pairs = await Promise.all(
    set.names.map(async (picture, i) => ({ name: picture, ...await set.pair(i) })),
  );
  return { name: set.name, pairs };
}

function textures(
  { scale, space, count = 48, seed = 0 }: {
    scale: number;
    space: "luma" | "rgb";
    count?: number;
    seed?: number;
  },
): NamedPairs {
  const pairs = proceduralTextures({ count, seed }).map((grey, i) => {
    const hr = space === "luma" ? grey : toRgb(grey);
    return { name: `texture ${i}`, hr, lr: imresize(hr, 1 / scale) };
  });
  return { name: `${count} procedural textures`, pairs };
}

/** PSNR by picture, and their mean, which is how the field scores a set. */
export interface Score {
  /** Mean over the pictures, in dB. */
  mean: number;
  /** Of each picture by its name, in dB. */
  pictures: Record<string, number>;
}

/** Luma PSNR of a way to enlarge, outputs rounded, without a border of the scale. */
export async function scoreOf(
  data: SuperresData,
  enlarge: (lr: Image) => Image | Promise<Image>,
): Promise<Score> {
  const pictures: Record<string, number> = {};
  for (const { name, hr, lr } of data.test) {
    pictures[name] = psnr(luma(await enlarge(lr)), luma(hr), { border: data.scale });
  }
  const values = Object.values(pictures);
  return { mean: values.reduce((a, b) => a + b, 0) / values.length, pictures };
}

/** Bicubic interpolation, where every network starts from: its score and its pictures are the lower mark. */
export function bicubic(scale: number): (lr: Image) => Image {
  return (lr) => imresize(lr, scale);
}

/** A model as a way to enlarge, and `release` for what it holds. */
export async function enlarger(
  model: Model,
  runtime: Runtime,
): Promise<{ enlarge: (lr: Image) => Promise<Image>; release: () => Promise<void> }> {
  const session = await runtime.session(model);
  const [input, output] = [model.graph.inputs[0]!, model.graph.outputs[0]!];
  return {
    enlarge: async (lr) => toImage((await session.run({ [input]: toTensor(lr) }))[output]! as Tensor),
    release: () => session.release(),
  };
}

/** PSNR of a model on the test pictures. */
export async function scoreModel(model: Model, data: SuperresData, runtime: Runtime): Promise<Score> {
  const { enlarge, release } = await enlarger(model, runtime);
  try {
    return await scoreOf(data, enlarge);
  } finally {
    await release();
  }
}
