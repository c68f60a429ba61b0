import { cifar10, CIFAR10_NORMALIZATION } from "../../data/cifar10.ts";
import { ifThere } from "../../data/folders.ts";
import { cifar100 } from "../../data/cifar100.ts";
import { black, cropAndFlip } from "../../data/augment.ts";
import { type ImageData, type ImageSet, toExamples } from "../../data/image_set.ts";
import { imagenet } from "../../data/imagenet.ts";
import { batchNorm2d, conv2d, linear } from "../../nn/layers.ts";
import { mlp } from "../../nn/mlp.ts";
import { resnetCifar } from "../../nn/resnet_cifar.ts";
import { resnetImagenet } from "../../nn/resnet_imagenet.ts";
import { vggBn } from "../../nn/vgg_bn.ts";
import { GraphBuilder } from "../../onnx/builder.ts";
import type { Model } from "../../onnx/model.ts";
import { seededRandom } from "../../random.ts";
import { type Augment, type Examples, type ExampleSource, takeRows } from "../../train/batches.ts";
import type { MetaPreset } from "./presets.ts";
import { pretrained } from "./pretrained.ts";
import { smallDigits, type SmallDigitsOptions } from "./small_digits.ts";

/** What networks learn, in three parts. */
export interface MetaData {
  /** In words, for figures. */
  data: string;
  train: ExampleSource;
  /** What choices are made on. */
  validation: ExampleSource;
  test: ExampleSource;
  augment: Augment;
}

/** What is pruned in an experiment: networks of one architecture, and their data. */
export interface MetaSubject extends MetaData {
  /** In words, for figures. */
  name: string;
  /** The network of a seed that training begins with: first weights, or those of a checkpoint. */
  build(seed: number): Model | Promise<Model>;
  /** What no metanetwork was trained on: other architectures, and other data where they bring their own. */
  others: readonly OtherSubject[];
}

/** An architecture; for the data of the subject, or for data of its own. */
export type OtherSubject = Pick<MetaSubject, "name" | "build"> & ({ data?: never } | MetaData);

/** The subject of a preset, with its data: from this machine, or made by a formula where the preset needs none. */
export async function metaSubject(preset: MetaPreset, seed: number): Promise<MetaSubject> {
  return await SUBJECTS[preset.subject](preset, seed);
}

const SUBJECTS: Record<MetaPreset["subject"], (preset: MetaPreset, seed: number) => Promise<MetaSubject>> = {
  async mlp({ examples }, seed) {
    const sized = (...hidden: number[]) => ({
      name: `MLP ${hidden.join("-")}`,
      build: (seed: number) => mlp({ sizes: [64, ...hidden, 10], seed }),
    });
    // Templates of another seed are ten other classes.
    const other = await digits({ ...examples, seed: seed + OTHER_DIGITS, source: "procedural" });
    const real = await ifThere(digits({ ...examples, seed, source: "mnist" }));
    const otherData = [other, ...real ? [real] : []];
    return {
      ...sized(64, 64),
      ...await digits({ ...examples, seed, source: "procedural" }),
      others: [sized(96, 48), sized(64, 64, 64), ...otherData.map((data) => ({ ...sized(64, 64), ...data }))],
    };
  },
  async cnn({ examples }, seed) {
    return {
      ...smallCnn(32, 64, 64),
      ...await digits({ ...examples, seed, source: "procedural" }),
      others: [smallCnn(48, 48, 48)],
    };
  },
  async resnet20({ examples }) {
    const data = await cifar10({ normalization: CIFAR10_NORMALIZATION });
    return { ...imageParts(data, examples), ...resnet(20), others: [resnet(56)] };
  },
  async resnet56({ examples }) {
    const data = await cifar10({ normalization: CIFAR10_NORMALIZATION });
    const hundred = await ifThere(cifar100());
    const otherData = hundred ? [{ ...imageParts(hundred, examples), ...resnet(56, 100) }] : [];
    return { ...imageParts(data, examples), ...resnet(56), others: [resnet(110), ...otherData] };
  },
  async vgg19({ examples }) {
    const vgg = (depth: 16 | 19) => ({
      name: `VGG-${depth}`,
      build: (seed: number) => vggBn({ depth, classes: 100, seed }),
    });
    return { ...imageParts(await cifar100(), examples), ...vgg(19), others: [vgg(16)] };
  },
  async resnet50({ examples }) {
    const { name, train, validation, test, source, classes } = await imagenet(examples);
    const architecture = resnetImagenet({ classes: classes.length, weights: "zeros" });
    let loading: Promise<Model> | undefined;
    return {
      name: "ResNet-50",
      data: name,
      build: () => loading ??= pretrained(architecture, source, "resnet50"),
      others: [],
      train,
      validation,
      test,
      augment: (batch) => batch, // crops and flips are part of reading
    };
  },
};

/** What is between the seeds of digits that differ in their templates. */
const OTHER_DIGITS = 1000;

async function digits(options: SmallDigitsOptions): Promise<MetaData> {
  const { name, ...parts } = await smallDigits(options);
  return { data: name, ...parts, augment: (batch) => batch };
}

function resnet(depth: 20 | 56 | 110, classes = 10): Pick<MetaSubject, "name" | "build"> {
  return { name: `ResNet-${depth}`, build: (seed) => resnetCifar({ depth, classes, seed }) };
}

/** Three convolutions of 3×3, each with batch norm, the first two with max pooling; then means over the map of 2×2. */
function smallCnn(...widths: [number, number, number]): Pick<MetaSubject, "name" | "build"> {
  return {
    name: `CNN ${widths.join("-")}`,
    build(seed) {
      const random = seededRandom(seed, "weights");
      const g = new GraphBuilder("cnn");
      let x = g.reshape(g.input("input", "float32", ["N", 64]), [-1, 1, 8, 8]);
      let from = 1;
      for (const [i, out] of widths.entries()) {
        const shape = { in: from, out, kernel: 3, padding: 1, bias: false };
        const map = conv2d(g, x, { name: `conv${i + 1}`, random, ...shape });
        x = g.relu(batchNorm2d(g, map, { name: `bn${i + 1}`, features: out }));
        if (i < 2) x = g.maxPool(x, [2, 2], { strides: [2, 2] });
        from = out;
      }
      const means = g.flatten(g.globalAveragePool(x)); // [N, last width]
      g.output(linear(g, means, { name: "classifier", random, in: from, out: 10 }), "logits");
      return g.model();
    },
  };
}

function imageParts(
  data: ImageData,
  { train, validation, test }: MetaPreset["examples"],
): MetaData {
  const part = ({ images, labels, normalization }: ImageSet, from: number, to: number): Examples => {
    const rows = Array.from({ length: Math.min(to, images.dims[0]!) - from }, (_, i) => from + i);
    return toExamples({ images: takeRows(images, rows), labels: takeRows(labels, rows), normalization });
  };
  const available = data.train.images.dims[0]!;
  const kept = Math.min(train, available - validation);
  return {
    data: data.name,
    train: part(data.train, 0, kept),
    validation: part(data.train, kept, kept + validation),
    test: part(data.test, 0, test),
    augment: cropAndFlip({ fill: black(data.train.normalization) }),
  };
}
