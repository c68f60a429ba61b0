import { RangeError } from "../errors.ts";
import { emptyRecord } from "../own.ts";
import type { Image } from "../formats/image.ts";
import type { Figure } from "../plot/figure.ts";
import { imageGrid } from "../plot/image_grid.ts";
import { compareImages } from "./compare_images.ts";
import { crop, type Rectangle } from "../formats/crop.ts";
import type { SuperresData, Upscaler } from "./data.ts";

/** An upscaler with its name. */
export interface NamedUpscaler {
  /** Name of the upscaler for its image. */
  name: string;
  /** Function from low to high resolution. */
  upscale: Upscaler;
}

/** The image of Set5 that bicubic interpolation does worst on. */
const DETAILED = "butterfly";

/**
 * One region of a test image by several upscalers, beside the original, each with the PSNR of the whole
 * image under it. By default the middle of the image of Set5 with the finest detail, or of the first one.
 *
 * @throws RangeError where the image or the region is not there
 */
export async function cropsFigure(
  data: SuperresData,
  upscalers: readonly NamedUpscaler[],
  { image, region, source }: { image?: string; region?: Rectangle; source: string },
): Promise<Figure> {
  const pair = data.test.find(({ name }) => name === (image ?? DETAILED)) ??
    (image === undefined ? data.test[0] : undefined);
  if (!pair) {
    throw new RangeError(
      `Cannot show "${image}": the test images are ${data.test.map(({ name }) => name).join(", ")}`,
    );
  }
  const part = region ?? middleOf(pair.hr);
  const outputs = emptyRecord<Image>();
  for (const { name, upscale } of upscalers) outputs[name] = await upscale(pair.lr);
  return compareImages([{ name: pair.name, original: pair.hr, outputs, part }], {
    title: `${pair.name}, ${part.width} × ${part.height} pixels of it`,
    subtitle: source,
    alt: "The whole image with a box, that region by each method, and as it is in the original",
    border: data.scale,
    size: 130,
  });
}

function middleOf({ width, height }: Image, most = 64): Rectangle {
  const side = Math.min(width, height, most);
  return { left: (width - side) >> 1, top: (height - side) >> 1, width: side, height: side };
}

/** Some training images, and test images, as squares from their middle, in one row. */
export function samplesFigure(data: SuperresData, { source }: { source: string }): Figure {
  const training = data.train.slice(0, 4).flatMap((pair) => typeof pair === "function" ? [] : [pair.hr]);
  const all = [
    ...training.map((hr, i) => ({ hr, caption: `training ${i + 1}` })),
    ...data.test.slice(0, 5).map(({ hr, name }) => ({ hr, caption: name })),
  ];
  const side = Math.min(96, ...all.flatMap(({ hr: { width, height } }) => [width, height]));
  return imageGrid(all.map(({ hr }) => crop(hr, middleOf(hr, side))), {
    title: "What is learned from, and what is tested on",
    subtitle: source,
    alt: `Squares of ${side} pixels from the middle of each image`,
    captions: all.map(({ caption }) => caption),
    columns: 9,
  });
}
