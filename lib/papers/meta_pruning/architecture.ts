import { batchNorm2d, conv2d, linear } from "../../nn/layers.ts";
import { mlp } from "../../nn/mlp.ts";
import { resnetCifar } from "../../nn/resnet_cifar.ts";
import { resnetImagenet } from "../../nn/resnet_imagenet.ts";
import { vggBn } from "../../nn/vgg_bn.ts";
import { vit } from "../../nn/vit.ts";
import { GraphBuilder } from "../../onnx/builder.ts";
import type { Model } from "../../onnx/model.ts";
import { seededRandom } from "../../random.ts";

/** A network as plain data: what is in a spec, and built again wherever it is needed. */
export type Architecture =
  | { readonly kind: "mlp"; readonly hidden: readonly number[] }
  | { readonly kind: "cnn"; readonly widths: readonly [number, number, number] }
  | {
    readonly kind: "resnet";
    readonly depth: 20 | 56 | 110;
    readonly classes: number;
    /**
     * Shortcut between blocks of different shapes: nothing that is learned, or a convolution with batch norm,
     * as published.
     */
    readonly shortcut: "A" | "B";
  }
  | { readonly kind: "vgg"; readonly depth: 16 | 19; readonly classes: number }
  | {
    readonly kind: "resnet-imagenet";
    readonly depth: 18 | 26 | 50;
    readonly classes: number;
    /** Whether training begins with a checkpoint from the folder of its data. */
    readonly pretrained: boolean;
    /**
     * Side of its images, in pixels, and channels of its first stage: torchvision's unless told otherwise.
     */
    readonly image?: number;
    readonly width?: number;
  }
  | {
    readonly kind: "vit";
    readonly classes: number;
    /** Whether training begins with a checkpoint from the folder of its data. */
    readonly pretrained: boolean;
    /** Sizes, as `vit` has them: those of ViT-B/16 unless told otherwise. */
    readonly image?: number;
    readonly patch?: number;
    readonly layers?: number;
    readonly heads?: number;
    readonly hidden?: number;
    readonly mlp?: number;
  };

/** Name of an architecture, and how it is built. */
interface Row<A> {
  name(architecture: A): string;
  build(architecture: A, seed: number): Model;
  /** Begin of the name of a file in the data's folder, with weights that take the place of the drawn ones. */
  checkpoint?(architecture: A): string | undefined;
}

const ARCHITECTURES: { readonly [K in Architecture["kind"]]: Row<Extract<Architecture, { kind: K }>> } = {
  mlp: {
    name: ({ hidden }) => `MLP ${hidden.join("-")}`,
    build: ({ hidden }, seed) => mlp({ sizes: [64, ...hidden, 10], seed }),
  },
  cnn: {
    name: ({ widths }) => `CNN ${widths.join("-")}`,
    build: ({ widths }, seed) => smallCnn(widths, seed),
  },
  resnet: {
    name: ({ depth }) => `ResNet-${depth}`,
    build: ({ kind: _, ...options }, seed) => resnetCifar({ ...options, seed }),
  },
  vgg: {
    name: ({ depth }) => `VGG-${depth}`,
    build: ({ depth, classes }, seed) => vggBn({ depth, classes, ending: "averaged", seed }),
  },
  "resnet-imagenet": {
    name: ({ depth }) => `ResNet-${depth}`,
    build: ({ kind: _, pretrained, ...options }, seed) =>
      resnetImagenet({ ...options, weights: pretrained ? "zeros" : "random", seed }),
    checkpoint: ({ depth, pretrained }) => pretrained ? `resnet${depth}` : undefined,
  },
  vit: {
    name: ({ layers = 12, hidden = 768, patch = 16 }) =>
      layers === 12 && hidden === 768 ? `ViT-B/${patch}` : `ViT ${layers}×${hidden}/${patch}`,
    build: ({ kind: _, pretrained, ...options }, seed) =>
      vit({ ...options, weights: pretrained ? "zeros" : "random", seed }),
    checkpoint: ({ patch = 16, pretrained }) => pretrained ? `vit_b_${patch}` : undefined,
  },
};

function rowOf<A extends Architecture>({ kind }: A): Row<A> {
  return ARCHITECTURES[kind] as unknown as Row<A>;
}

/** Name of an architecture in tables and figures. */
export function nameOf(architecture: Architecture): string {
  return rowOf(architecture).name(architecture);
}

/** Whether an architecture is of a family of networks that the paper prunes. */
export function isPublished({ kind }: Architecture): boolean {
  return kind !== "mlp" && kind !== "cnn";
}

/** The network with the weights of a seed; with zeros where a checkpoint's take their place. */
export function build(architecture: Architecture, seed: number): Model {
  return rowOf(architecture).build(architecture, seed);
}

/** How the file's name begins that training starts from; nothing where it starts from drawn weights. */
export function checkpointOf(architecture: Architecture): string | undefined {
  return rowOf(architecture).checkpoint?.(architecture);
}

/**
 * Three convolutions of 3×3, each with batch norm, the first two with max pooling; then means over the map of
 * 2×2.
 */
function smallCnn(widths: readonly number[], seed: number): Model {
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
}
