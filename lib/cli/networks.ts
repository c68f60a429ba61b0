import type { Model } from "../onnx/model.ts";
import { type Given, UsageError } from "./command.ts";
import { NETWORK_DEPTHS } from "./network_depths.ts";
import { textOf, wholeOf } from "./values.ts";

type Build = (depth: never, sizes: { classes?: number }) => Promise<Model>;

type Family = keyof typeof NETWORK_DEPTHS;

/** How networks are built, by family. */
const BUILD: Readonly<Record<Family, Build>> = {
  "cifar-resnet": async (depth, sizes) =>
    (await import("../nn/resnet_cifar.ts")).resnetCifar({ depth, ...sizes }),
  "resnet": async (depth, sizes) =>
    (await import("../nn/resnet_imagenet.ts")).resnetImagenet({ depth, weights: "zeros", ...sizes }),
  "cifar-vgg": async (depth, sizes) => (await import("../nn/vgg_bn.ts")).vggBn({ depth, ...sizes }),
  "vit-b": async (patch, sizes) => (await import("../nn/vit.ts")).vit({ patch, weights: "zeros", ...sizes }),
};

/** Names, for help and messages: `cifar-resnet20|32|…, resnet18|…`. */
export const NETWORK_NAMES: string = Object.entries(NETWORK_DEPTHS)
  .map(([name, depths]) => `${name}${depths.join("|")}`).join(", ");

/**
 * The network of a name, such as `resnet50`, as its weights are named in torchvision (or, for 32×32 images,
 * in the usual code).
 *
 * @throws {UsageError} where there is no such network
 */
export async function buildNetwork(name: string, given: Given): Promise<Model> {
  const { family, depth, sizes } = typedNetwork({ ...given, network: name })!;
  return await BUILD[family](depth as never, sizes);
}

/** A network that was typed. */
interface TypedNetwork {
  family: Family;
  depth: number;
  sizes: { classes?: number };
}

/**
 * The network that was named, and its classes; nothing where none was.
 *
 * @throws {UsageError} where there is no such network, or no such number of classes
 */
export function typedNetwork(given: Given): TypedNetwork | undefined {
  const [name, classes] = [textOf(given, "network"), wholeOf(given, "classes", { from: 1 })];
  if (name === undefined) return undefined;
  const [, family = "", depth] = name.match(/^(.*?)(\d+)$/) ?? [];
  const depths: readonly number[] = Object.hasOwn(NETWORK_DEPTHS, family)
    ? NETWORK_DEPTHS[family as Family]
    : [];
  if (depths.includes(Number(depth))) {
    return {
      family: family as Family,
      depth: Number(depth),
      sizes: classes === undefined ? {} : { classes },
    };
  }
  throw new UsageError(`Cannot build --network ${name}: expected one of ${NETWORK_NAMES}`);
}
