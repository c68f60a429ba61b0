import { requireNumbers } from "../bounds.ts";
import { TypeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import { floats } from "../tensor/arrays.ts";
import { float32, Tensor } from "../tensor/tensor.ts";
import { type Augment, type Batch, takeRows, told } from "./batches.ts";
import { betaDraw } from "./beta_draw.ts";

/** Settings of {@linkcode mixUp}. */
export interface MixUpOptions {
  /** Both parameters of the beta distribution of shares: the smaller, the less is mixed. Default 0.2. */
  alpha?: number | undefined;
}

/**
 * Mixes each example of a batch with the one before it, the first with the last: share · own + (1 − share) ·
 * other for every float32 input, with one share for the batch, drawn from Beta(alpha, alpha). The batch gets
 * the targets `others`, the other one's labels, and `share`, for {@linkcode mixedCrossEntropy}.
 *
 * Source: Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2018, with torchvision's pairs.
 *
 * @throws RangeError where `alpha` is not above 0
 */
export function mixUp(options: MixUpOptions = {}): Augment {
  requireOptions("mixUp", options, { alpha: true });
  const { alpha = 0.2 } = options;
  requireNumbers("use mixUp", { alpha }, { above: 0 });
  return told(`mixUp(${alpha})`, (batch, random) => {
    const share = betaDraw(random, alpha, alpha);
    return withOthers("mix", batch, share, (own, other) => {
      for (let i = 0; i < own.length; i++) own[i] = share * own[i]! + (1 - share) * other[i]!;
    });
  });
}

/** Settings of {@linkcode cutMix}. */
export interface CutMixOptions {
  /** Both parameters of the beta distribution of shares. Default 1: all shares are as likely. */
  alpha?: number | undefined;
}

/**
 * Puts a rectangle of the image before it, of the last one for the first, into each image of a batch, at the
 * same place in all: float32 [N, C, H, W]. A share of the area that stays is drawn from Beta(alpha, alpha),
 * the rectangle's centre from all pixels; what lies outside of the image is cut off. The batch gets the
 * targets `others`, the other one's labels, and `share`, the part that did stay, for {@linkcode
 * mixedCrossEntropy}.
 *
 * Source: Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable
 * Features", 2019, appendix A, with torchvision's pairs and rounding.
 *
 * @throws RangeError where `alpha` is not above 0
 */
export function cutMix(options: CutMixOptions = {}): Augment {
  requireOptions("cutMix", options, { alpha: true });
  const { alpha = 1 } = options;
  requireNumbers("use cutMix", { alpha }, { above: 0 });
  return told(`cutMix(${alpha})`, (batch, random) => {
    const [height, width] = imageSizeOf(batch);
    const share = betaDraw(random, alpha, alpha);
    const [x, y] = [random.integer(width), random.integer(height)];
    const { left, top, right, bottom } = cutOf([height, width], { share, x, y });
    const kept = 1 - (right - left) * (bottom - top) / (width * height);
    return withOthers("cut and mix", batch, kept, (own, other) => {
      for (let plane = 0; plane < own.length; plane += height * width) {
        for (let row = top; row < bottom; row++) {
          const at = plane + row * width;
          own.set(other.subarray(at + left, at + right), at + left);
        }
      }
    });
  });
}

/** The pixels of a rectangle around one, such that `share` of the image's area would be left. */
export function cutOf(
  [height, width]: readonly [number, number],
  { share, x, y }: { share: number; x: number; y: number },
): { left: number; top: number; right: number; bottom: number } {
  const half = Math.sqrt(1 - share) / 2;
  const [across, down] = [Math.floor(half * width), Math.floor(half * height)];
  return {
    left: Math.max(0, x - across),
    top: Math.max(0, y - down),
    right: Math.min(width, x + across),
    bottom: Math.min(height, y + down),
  };
}

/**
 * One of several changes for each batch, all of them as likely.
 *
 * @throws TypeError where there is none, or one is no function
 */
export function oneOf(...augments: readonly Augment[]): Augment {
  requireAugments("oneOf", augments);
  return told(`oneOf(${augments.join(", ")})`, (batch, random) => {
    return augments[random.integer(augments.length)]!(batch, random);
  });
}

/**
 * Several changes of each batch, one after the other, such as crops and then {@linkcode mixUp}.
 *
 * @throws TypeError where there is none, or one is no function
 */
export function inTurn(...augments: readonly Augment[]): Augment {
  requireAugments("inTurn", augments);
  return told(`inTurn(${augments.join(", ")})`, async (batch, random) => {
    let changed = batch;
    for (const augment of augments) changed = await augment(changed, random);
    return changed;
  });
}

function requireAugments(call: string, augments: readonly Augment[]): void {
  if (augments.length > 0 && augments.every((augment) => typeof augment === "function")) return;
  throw new TypeError(
    `Cannot call ${call} without functions that change a batch: expected some, as in ${call}(mixUp(), cutMix())`,
  );
}

/** The batch with every input changed by that of the example before, and the targets of a mixture. */
function withOthers(
  action: string,
  { inputs, targets }: Batch,
  share: number,
  change: (own: Float32Array, other: Float32Array) => void,
): Batch {
  const { labels } = targets;
  if (labels?.type !== "int64" || labels.dims.length !== 1) {
    throw new TypeError(
      `Cannot ${action} examples whose target "labels" is ${
        described(labels)
      }: expected int64 [N]; train with ` +
        `mixedCrossEntropy()`,
    );
  }
  if (targets.others) {
    throw new TypeError(
      `Cannot ${action} examples that are mixtures already: expected one of mixUp and cutMix for a batch, as in ` +
        `oneOf(mixUp(), cutMix())`,
    );
  }
  const count = labels.dims[0]!;
  const before = Uint32Array.from({ length: count }, (_, i) => (i + count - 1) % count);
  const changed = Object.entries(inputs).map(([name, tensor]): [string, Tensor] => {
    if (tensor.type !== "float32") {
      throw new TypeError(
        `Cannot ${action} input ${JSON.stringify(name)}: expected float32, found ${described(tensor)}`,
      );
    }
    const own = floats(tensor).slice();
    change(own, floats(takeRows(tensor, before)));
    return [name, new Tensor("float32", own, tensor.dims)];
  });
  return {
    inputs: Object.fromEntries(changed),
    targets: {
      ...targets,
      others: takeRows(labels, before),
      share: float32(new Float32Array(count).fill(share), [count]),
    },
  };
}

/** Height and width of the images of a batch. */
function imageSizeOf({ inputs }: Batch): [height: number, width: number] {
  const [first, ...more] = Object.values(inputs);
  const [, , height, width] = first?.dims ?? [];
  if (more.length === 0 && first?.dims.length === 4) return [height!, width!];
  const found = Object.values(inputs).map(described).join(" and ");
  throw new TypeError(
    `Cannot cut and mix inputs of ${found || "nothing"}: expected one of images, float32 [N, C, H, W]`,
  );
}

function described(tensor: Tensor | undefined): string {
  return tensor ? `${tensor.type} [${tensor.dims.join(", ")}]` : "not there";
}
