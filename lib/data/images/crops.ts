import { RangeError } from "../../errors.ts";
import { crop, type Rectangle } from "../../formats/crop.ts";
import type { Image } from "../../formats/image.ts";
import type { Random } from "../../random.ts";
import { resizeBilinear } from "./resize.ts";

/** Tries to find a crop inside the image before its middle is taken. */
const TRIES = 10;

/**
 * A square of `size` pixels for training: a rectangle of 8 to 100 % of the image's area with sides between
 * 3:4 and 4:3, anywhere in it, resized, and mirrored half of the time. torchvision's `RandomResizedCrop` and
 * `RandomHorizontalFlip`.
 *
 * Source: C. Szegedy et al., "Going deeper with convolutions", CVPR 2015, section 6.
 */
export function randomResizedCrop(image: Image, size: number, random: Random): Image {
  const part = crop(image, randomBox(image, random));
  const square = resizeBilinear(part, { width: size, height: size });
  return random.uniform() < 0.5 ? mirrored(square) : square;
}

/**
 * The square of `size` pixels in the middle of an image whose shorter side was resized to `side`:
 * torchvision's `Resize` and `CenterCrop`, on which ImageNet accuracies are measured with 256 and 224.
 *
 * @throws RangeError where `side` is shorter than `size`
 */
export function centreCrop(image: Image, size: number, side: number): Image {
  if (!(side >= size)) {
    throw new RangeError(
      `Cannot crop ${size} pixels of a side of ${side}: expected a side at least as long as the crop`,
    );
  }
  const short = Math.min(image.width, image.height);
  const [width, height] = [image.width, image.height].map((length) =>
    length === short ? side : Math.floor(side * length / short)
  ) as [number, number];
  const [left, top] = [width, height].map((length) => halfEven(length - size)) as [number, number];
  return crop(resizeBilinear(image, { width, height }), { left, top, width: size, height: size });
}

/** Half of a whole number, rounded as Python rounds: .5 to the even side. */
function halfEven(twice: number): number {
  const low = Math.floor(twice / 2);
  return twice % 2 === 0 || low % 2 === 0 ? low : low + 1;
}

function randomBox({ width, height }: Image, random: Random): Rectangle {
  const most = Math.log(4 / 3);
  for (let i = 0; i < TRIES; i++) {
    const area = width * height * random.uniform(0.08, 1);
    const ratio = Math.exp(random.uniform(-most, most));
    const [wide, tall] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (wide < 1 || tall < 1 || wide > width || tall > height) continue;
    const [left, top] = [random.integer(width - wide + 1), random.integer(height - tall + 1)];
    return { left, top, width: wide, height: tall };
  }
  // The middle, as much of it as has sides between 3:4 and 4:3.
  const [wide, tall] = [
    Math.min(width, Math.round(height * 4 / 3)),
    Math.min(height, Math.round(width * 4 / 3)),
  ];
  return { left: (width - wide) >> 1, top: (height - tall) >> 1, width: wide, height: tall };
}

function mirrored({ width, height, channels, data }: Image): Image {
  const target = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + width - 1 - x) * channels;
      target.set(data.subarray(from, from + channels), (y * width + x) * channels);
    }
  }
  return { width, height, channels, data: target };
}
