import type { Model } from "../onnx/model.ts";
import { type Given, UsageError } from "./command.ts";
import { wholeOf } from "./values.ts";

type Build = (depth: never, sizes: { classes?: number }) => Promise<Model>;

/** Networks that are built by name, with the depths there are. */
const NETWORKS: Readonly<Record<string, { depths: readonly number[]; build: Build }>> = {
  "cifar-resnet": {
    depths: [20, 32, 44, 56, 110],
    build: async (depth, sizes) => (await import("../nn/resnet_cifar.ts")).resnetCifar({ depth, ...sizes }),
  },
  "resnet": {
    depths: [18, 26, 34, 50, 101],
    build: async (depth, sizes) =>
      (await import("../nn/resnet_imagenet.ts")).resnetImagenet({ depth, weights: "zeros", ...sizes }),
  },
  "cifar-vgg": {
    depths: [11, 13, 16, 19],
    build: async (depth, sizes) => (await import("../nn/vgg_bn.ts")).vggBn({ depth, ...sizes }),
  },
  "vit-b": {
    depths: [16, 32],
    build: async (patch, sizes) => (await import("../nn/vit.ts")).vit({ patch, weights: "zeros", ...sizes }),
  },
};

/** Names, for help and messages: `cifar-resnet20|32|…, resnet18|…`. */
export const NETWORK_NAMES: string = Object.entries(NETWORKS)
  .map(([name, { depths }]) => `${name}${depths.join("|")}`).join(", ");

/**
 * The network of a name, such as `resnet50`, as its weights are named in torchvision (or, for 32×32 images,
 * in the usual code).
 *
 * @throws {UsageError} where there is no such network
 */
export async function buildNetwork(name: string, given: Given): Promise<Model> {
  const classes = wholeOf(given, "classes", { from: 1 });
  const [, family, number] = name.match(/^(.*?)(\d+)$/) ?? [];
  const network = Object.hasOwn(NETWORKS, family ?? "") ? NETWORKS[family!] : undefined;
  if (network?.depths.includes(Number(number))) {
    return await network.build(Number(number) as never, classes === undefined ? {} : { classes });
  }
  throw new UsageError(`Cannot build --network ${name}: expected one of ${NETWORK_NAMES}`);
}
