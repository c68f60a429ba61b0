import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { mean } from "../statistics/describe.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Image } from "../formats/image.ts";
import type { Model } from "../onnx/model.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { benchmarkFolder, benchmarkSet, type BenchmarkSetName } from "./benchmark_sets.ts";
import { luma } from "./luma.ts";
import type { ImagePair } from "./patches.ts";
import { toImage, toRgb, toTensor } from "./convert_image.ts";
import { proceduralTextures } from "./procedural.ts";
import { psnr } from "./psnr.ts";
import { ssim } from "./ssim.ts";
import { imresize } from "./resample.ts";

/** A named image with its low resolution. */
export interface TestPair extends ImagePair {
  /** Name in figures and tables of scores. */
  name: string;
}

/** Images that networks are trained and tested on. */
export interface SuperresData {
  /** Images, or functions that read them when they are drawn. */
  train: readonly (ImagePair | (() => Promise<ImagePair>))[];
  /** Images to test on. */
  test: readonly TestPair[];
  /** Further sets to test on, whose images are read when they are looked at. */
  others: readonly { name: string; pairs: readonly (() => Promise<TestPair>)[] }[];
  /** Images to look at while training goes on. */
  validation: readonly TestPair[];
  /** The training images in words, for figures. */
  trainName: string;
  /** The test images in words, for figures. */
  testName: string;
  /** The images for validation in words. */
  validationName: string;
  /** How many times larger the high resolution is, along each side. */
  scale: number;
}

/** A set of images, or procedural textures. */
export type ImageSource = BenchmarkSetName | "procedural";

/** Which data an experiment uses. */
export interface SuperresDataOptions {
  /** Sources of the images to train on. */
  train: readonly ImageSource[];
  /** Source of the images to test on; for procedural: textures that training does not see. */
  test: ImageSource;
  /** Further sets to test on. Default: none. */
  alsoTest?: readonly BenchmarkSetName[] | undefined;
  /**
   * Images to look at while training goes on: a set, or images like those to train on that are kept apart
   * (the last eight photographs where there are some, four more textures where there are some). Default:
   * nothing.
   */
  validation?: BenchmarkSetName | "kept apart" | undefined;
  /** How many times larger the high resolution is, along each side. */
  scale: number;
  /** Colours of the images. */
  space: "luma" | "rgb";
}

/** Names of {@linkcode SuperresDataOptions}. */
const SUPERRES_DATA_OPTIONS: OptionNames<SuperresDataOptions> = {
  train: true,
  test: true,
  alsoTest: true,
  validation: true,
  scale: true,
  space: true,
};

/** Textures for testing are of another seed than those for training. */
const HELD_OUT = 1_000_003;

/**
 * Images to train and to test on. Low resolution is made of the originals as MATLAB makes it.
 *
 * @throws Error where a set is not on this machine; RangeError where too few photographs are left to train on
 */
export async function superresData(options: SuperresDataOptions): Promise<SuperresData> {
  requireOptions("superresData", options, SUPERRES_DATA_OPTIONS);
  const { test, alsoTest = [], validation, scale, space } = options;
  const sets = await Promise.all(options.train.map((name) => readTraining(name, options)));
  const tested = await readTest(test, options);
  const others = await Promise.all(alsoTest.map(async (name) => {
    const set = await benchmarkSet(name, { scale, space });
    const pairs = set.names.map((name, i) => async () => ({ name, ...await set.pair(i) }));
    return { name: set.name, pairs };
  }));
  const apart = validation === "kept apart"
    ? await keepApart(sets, options)
    : validation
    ? await readTest(validation, options)
    : { name: "", pairs: [] };
  return {
    train: sets.flatMap(({ train }) => train),
    trainName: sets.map(({ trainName }) => trainName).join(" + "),
    test: tested.pairs,
    testName: tested.name,
    others,
    validation: apart.pairs,
    validationName: apart.name,
    scale,
  };
}

type Training = SuperresData["train"][number];

/** Images of one source. */
interface TrainingSet {
  train: readonly Training[];
  readonly trainName: string;
}

async function readTraining(
  name: ImageSource,
  { scale, space }: SuperresDataOptions,
): Promise<TrainingSet> {
  if (name === "procedural") {
    const { pairs, name } = textures({ scale, space });
    return { train: pairs, trainName: name };
  }
  const set = await benchmarkSet(name, { scale, space });
  const readers = set.names.map((_, i) => () => set.pair(i));
  const train = readers.length > MOST_IN_MEMORY ? readers : await Promise.all(readers.map((read) => read()));
  return { train, trainName: set.name };
}

/** Images that are kept apart from training. */
const APART = { photographs: 8, textures: 4 };

/**
 * Takes the last photographs out of those to train on; of textures, of which there is no end, makes the next
 * ones. Of both, where training has both.
 */
async function keepApart(
  sets: TrainingSet[],
  { train: names, scale, space }: SuperresDataOptions,
): Promise<NamedPairs> {
  const photographs = sets.filter((_, i) => names[i] !== "procedural");
  const last = photographs.flatMap(({ train }) => train).slice(-APART.photographs);
  for (const set of photographs) set.train = set.train.filter((pair) => !last.includes(pair));
  if (photographs.length > 0 && photographs.every(({ train }) => train.length === 0)) {
    const sources = names.join(" and ");
    throw new RangeError(
      `Cannot keep ${APART.photographs} of the images of ${sources} apart: expected more of them, found ` +
        `${last.length}; leave validation out, or name a set`,
    );
  }
  const taken = await Promise.all(last.map(async (pair, i) => ({
    name: `kept apart ${i}`,
    ...typeof pair === "function" ? await pair() : pair,
  })));
  const next = photographs.length < sets.length
    ? textures({ scale, space, count: TEXTURES + APART.textures }).pairs.slice(TEXTURES)
    : [];
  const parts = [
    ...taken.length > 0 ? [`${taken.length} images kept apart from training`] : [],
    ...next.length > 0 ? [`${next.length} further textures`] : [],
  ];
  return { name: parts.join(" and "), pairs: [...taken, ...next] };
}

/** Sets of more images are read from disk again and again. */
const MOST_IN_MEMORY = 300;

interface NamedPairs {
  name: string;
  pairs: TestPair[];
}

async function readTest(
  name: ImageSource,
  { scale, space }: { scale: number; space: "luma" | "rgb" },
): Promise<NamedPairs> {
  if (name === "procedural") return textures({ scale, space, count: 8, seed: HELD_OUT });
  const set = await benchmarkSet(name, { scale, space });
  const pairs = await Promise.all(
    set.names.map(async (image, i) => ({ name: image, ...await set.pair(i) })),
  );
  return { name: set.name, pairs };
}

/** The folders that data are read from, as data sets are named; see {@linkcode benchmarkFolder}. */
export function superresFiles(
  { train, test, alsoTest = [], validation = "kept apart" }: Omit<SuperresDataOptions, "scale" | "space">,
): string[] {
  return [...new Set([...train, test, ...alsoTest, validation])].flatMap((name) =>
    name === "procedural" || name === "kept apart" ? [] : [benchmarkFolder(name)]
  );
}

/** Textures to train on. */
const TEXTURES = 48;

function textures(
  { scale, space, count = TEXTURES, seed = 0 }: {
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

/** PSNR by image, and their mean, which is how the field scores a set. */
export interface Score {
  /** Mean over the images, in dB. */
  mean: number;
  /** PSNR of each image by its name, in dB. */
  images: Record<string, number>;
}

/**
 * Luma PSNR of an upscaler on the images of a test set, in dB: outputs rounded, without a border of the
 * scale.
 *
 * @throws RangeError where two images are of one name, by which scores are found
 */
export async function scoreOf(
  { test, scale }: Pick<SuperresData, "test" | "scale">,
  upscale: Upscaler,
): Promise<Score> {
  const names = new Set<string>();
  for (const { name } of test) {
    if (names.has(name)) {
      throw new RangeError(`Cannot score two images called ${name}: expected one of that name; rename one`);
    }
    names.add(name);
  }
  const images: [name: string, score: number][] = [];
  for (const { name, hr, lr } of test) {
    images.push([name, psnr(luma(await upscale(lr)), luma(hr), { border: scale })]);
  }
  return { mean: mean(images.map(([, score]) => score)), images: Object.fromEntries(images) };
}

/** A way to enlarge: from an image in low resolution to one in high resolution. */
export type Upscaler = (lr: Image) => Image | Promise<Image>;

/** Scores of an upscaler on a set. */
export interface SetScore {
  /** The set in words; says how many images there are where it is not whole. */
  set: string;
  /** Mean PSNR over the images, of luma, without a border of the scale, in dB. */
  psnr: number;
  /** Mean SSIM over the images, of luma, without a border of the scale, up to 1. */
  ssim: number;
}

/** PSNR and SSIM of an upscaler on all sets to test on. */
export async function scoreSets(data: SuperresData, upscale: Upscaler): Promise<SetScore[]> {
  const scores: SetScore[] = [];
  for (const { name, pairs } of [{ name: data.testName, pairs: data.test }, ...data.others]) {
    const [decibels, similarities]: [number[], number[]] = [[], []];
    for (const pair of pairs) {
      const { lr, hr } = typeof pair === "function" ? await pair() : pair;
      const [ours, original] = [luma(await upscale(lr)), luma(hr)];
      decibels.push(psnr(ours, original, { border: data.scale }));
      similarities.push(ssim(ours, original, { border: data.scale }));
    }
    scores.push({ set: name, psnr: mean(decibels), ssim: mean(similarities) });
  }
  return scores;
}

/** Bicubic interpolation, where every network starts from: its score and its images are the lower mark. */
export function bicubic(scale: number): (lr: Image) => Image {
  return (lr) => imresize(lr, scale);
}

/** A model as an upscaler, and `release` for the session that it holds. */
export async function openUpscaler(
  model: Model,
  runtime: Runtime,
): Promise<{ upscale: (lr: Image) => Promise<Image>; release: () => Promise<void> }> {
  const session = await runtime.session(model);
  const [input, output] = [model.graph.inputs[0]!, model.graph.outputs[0]!];
  return {
    upscale: async (lr) => toImage((await session.run({ [input]: toTensor(lr) }))[output]! as Tensor),
    release: () => session.release(),
  };
}

/** Gives `body` a model as an upscaler, and releases its session afterwards. */
export async function withUpscaler<T>(
  model: Model,
  runtime: Runtime,
  body: (upscale: Upscaler) => Promise<T>,
): Promise<T> {
  const { upscale, release } = await openUpscaler(model, runtime);
  try {
    return await body(upscale);
  } finally {
    await release();
  }
}

/** PSNR of a model on the test images. */
export function scoreModel(
  model: Model,
  data: Pick<SuperresData, "test" | "scale">,
  runtime: Runtime,
): Promise<Score> {
  return withUpscaler(model, runtime, (upscale) => scoreOf(data, upscale));
}
