import { TypeError } from "../errors.ts";
import { type Image, toByte } from "../formats/image.ts";
import { sizeOf, Tensor } from "../tensor/tensor.ts";
import { floats } from "../tensor/arrays.ts";

/*
 * Images are of two kinds here: an `Image` holds bytes, as files do, and a float32 tensor [N, C, H, W]
 * holds numbers from 0 to 1, as networks want them. Whatever rounds says so by returning an `Image`.
 */

/** The samples from 0 to 1, float32 [1, channels, height, width]. */
export function toTensor({ width, height, channels, data }: Image): Tensor {
  const area = width * height;
  const planes = new Float32Array(area * channels);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < area; i++) planes[c * area + i] = data[i * channels + c]! / 255;
  }
  return new Tensor("float32", planes, [1, channels, height, width]);
}

/**
 * The image as bytes: numbers from 0 to 1 become 0 to 255, halves rounded up, the rest clipped.
 *
 * @throws {TypeError} unless it is float32 [1, C, H, W] with 1 to 4 channels
 */
export function toImage(image: Tensor): Image {
  const [count, channels, height, width] = sizesOf(image, "make an image");
  if (count !== 1 || channels > 4) {
    throw new TypeError(
      `Cannot make an image of shape [${image.dims}]: expected one image of 1 to 4 channels, [1, C, H, W]`,
    );
  }
  const planes = floats(image);
  const area = width * height;
  const data = new Uint8Array(area * channels);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < area; i++) data[i * channels + c] = toByte(planes[c * area + i]! * 255);
  }
  return { width, height, channels, data };
}

/** The four sizes of a float32 [N, C, H, W]; the error says what was to be done with it. */
export function sizesOf(image: Tensor, action: string): [number, number, number, number] {
  const { type, dims } = image;
  if (type !== "float32" || dims.length !== 4 || sizeOf(dims) === 0) {
    throw new TypeError(
      `Cannot ${action} of ${type} [${dims}]: expected float32 [N, C, H, W] with at least one pixel`,
    );
  }
  return dims as [number, number, number, number];
}

/**
 * The image without an alpha channel that says nothing.
 *
 * @throws {TypeError} where a pixel is not opaque
 */
export function withoutAlpha(image: Image): Image {
  const { width, height, channels, data } = image;
  if (channels === 1 || channels === 3) return image;
  const kept = channels - 1;
  const target = new Uint8Array(width * height * kept);
  for (let i = 0; i < width * height; i++) {
    if (data[i * channels + kept] !== 255) {
      throw new TypeError(
        `Cannot leave the alpha channel out: pixel ${i % width}, ${Math.floor(i / width)} is not opaque; ` +
          `expected an image without transparency`,
      );
    }
    target.set(data.subarray(i * channels, i * channels + kept), i * kept);
  }
  return { width, height, channels: kept, data: target };
}

/**
 * The image in red, green and blue: grey becomes three equal channels.
 *
 * @throws {TypeError} where a pixel is not opaque
 */
export function toRgb(image: Image): Image {
  const opaque = withoutAlpha(image);
  if (opaque.channels === 3) return opaque;
  const data = new Uint8Array(opaque.data.length * 3);
  for (let i = 0; i < data.length; i++) data[i] = opaque.data[Math.floor(i / 3)]!;
  return { ...opaque, channels: 3, data };
}
