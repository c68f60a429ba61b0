import { requireNumbers } from "../../bounds.ts";
import { TypeError } from "../../errors.ts";
import { requireOptions } from "../../options.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import { type Augment, told } from "../../train/batches.ts";
import type { Normalization } from "../image_set.ts";

/** How {@linkcode cropAndFlip} changes images. */
export interface CropAndFlipOptions {
  /** Pixels of margin on each side before cropping. Default 4. */
  padding?: number | undefined;
  /** Value of the margin in each channel; see {@linkcode black}. Default 0. */
  fill?: readonly number[] | undefined;
  /** Mirrors half of the images. Default true. */
  flip?: boolean | undefined;
}

/** Values of black pixels after normalisation: the margin that cropping the original images would show. */
export function black({ mean, deviation }: Normalization): number[] {
  return mean.map((m, channel) => -m / deviation[channel]!);
}

/**
 * The usual augmentation for CIFAR-10: a margin, a crop of the original size anywhere in it, and a mirror
 * image half of the time, for every image of each input float32 [N, C, H, W]. The same seed gives the same
 * crops.
 *
 * Source: K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", CVPR 2016, section
 * 4.2.
 *
 * @throws RangeError where the padding is no number of pixels or a value of the margin is no number;
 * TypeError, when a batch is changed, where an input has other channels than the margin
 */
export function cropAndFlip(options: CropAndFlipOptions = {}): Augment {
  requireOptions("cropAndFlip", options, { padding: true, fill: true, flip: true });
  const { padding = 4, fill, flip = true } = options;
  requireNumbers("crop images", { padding }, { whole: true, from: 0 });
  for (const value of fill ?? []) requireNumbers("crop images", { fill: value }, {});
  return told(`cropAndFlip(${padding}, [${fill ?? ""}], ${flip})`, ({ inputs, targets }, random) => {
    const changed = Object.entries(inputs).map(([name, tensor]) => {
      if (tensor.type !== "float32" || tensor.dims.length !== 4) {
        throw new TypeError(
          `Cannot crop input ${
            JSON.stringify(name)
          }: expected float32 [N, C, H, W], found ${tensor.type} [${tensor.dims}]`,
        );
      }
      const source = floats(tensor);
      const [count, channels, height, width] = tensor.dims as [number, number, number, number];
      if (fill && fill.length !== channels) {
        throw new TypeError(
          `Cannot crop input ${
            JSON.stringify(name)
          } with fill [${fill}]: expected ${channels} values, one per ` +
            "channel, such as black(normalization)",
        );
      }
      const target = new Float32Array(source.length);
      for (let image = 0; image < count; image++) {
        const down = random.integer(2 * padding + 1) - padding;
        const right = random.integer(2 * padding + 1) - padding;
        const mirrored = flip && random.integer(2) === 1;
        for (let channel = 0; channel < channels; channel++) {
          const start = (image * channels + channel) * height * width;
          shift(
            source.subarray(start, start + height * width),
            target.subarray(start, start + height * width),
            { width, down, right, mirrored, fill: fill?.[channel] ?? 0 },
          );
        }
      }
      return [name, new Tensor("float32", target, tensor.dims)] as const;
    });
    return { inputs: Object.fromEntries(changed), targets };
  });
}

/** One plane, seen through a window moved down and right, then mirrored. */
function shift(
  source: Float32Array,
  target: Float32Array,
  { width, down, right, mirrored, fill }: {
    width: number;
    down: number;
    right: number;
    mirrored: boolean;
    fill: number;
  },
): void {
  const height = source.length / width;
  for (let y = 0; y < height; y++) {
    const row = y + down;
    for (let x = 0; x < width; x++) {
      const column = (mirrored ? width - 1 - x : x) + right;
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      target[y * width + x] = inside ? source[row * width + column]! : fill;
    }
  }
}
