import { RangeError } from "../errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";
import { crop } from "../formats/crop.ts";
import type { Image } from "../formats/image.ts";
import { sizesOf } from "./convert_image.ts";

/**
 * The image without the last rows and columns that `factor` does not divide, as the field's `modcrop`.
 *
 * @throws {RangeError} where a side is shorter than the factor
 */
export function cropToMultiple(image: Image, factor: number): Image {
  const [width, height] = [image.width, image.height].map((side) => side - side % factor) as [number, number];
  if (width < 1 || height < 1) {
    throw new RangeError(
      `Cannot crop an image of ${image.width} × ${image.height} pixels to multiples of ${factor}: it is too small`,
    );
  }
  return width === image.width && height === image.height
    ? image
    : crop(image, { left: 0, top: 0, width, height });
}

/**
 * float32 [N, C, H, W] without `border` pixels on each side.
 *
 * @throws {RangeError} where nothing would be left
 */
export function withoutBorder(image: Tensor, border: number): Tensor {
  const [count, channels, height, width] = sizesOf(image, "take the border off images");
  const [tall, wide] = [height - 2 * border, width - 2 * border];
  if (!Number.isInteger(border) || border < 0 || tall < 1 || wide < 1) {
    throw new RangeError(
      `Cannot take a border of ${border} pixels off an image of ${width} × ${height}: expected a whole number ` +
        `that leaves at least one pixel`,
    );
  }
  if (border === 0) return image;
  const source = floats(image);
  const target = new Float32Array(count * channels * tall * wide);
  for (let plane = 0; plane < count * channels; plane++) {
    for (let y = 0; y < tall; y++) {
      const start = (plane * height + y + border) * width + border;
      target.set(source.subarray(start, start + wide), (plane * tall + y) * wide);
    }
  }
  return new Tensor("float32", target, [count, channels, tall, wide]);
}
