import { type OptionNames, requireOptions } from "../options.ts";
import type { Image } from "../formats/image.ts";
import { type Figure, FIGURE_OPTIONS, type FigureOptions } from "../plot/figure.ts";
import { imageGrid } from "../plot/image_grid.ts";
import { crop, type Rectangle } from "../formats/crop.ts";
import { luma } from "./luma.ts";
import { psnr } from "./psnr.ts";
import { imresize } from "./resample.ts";

/** One image as several methods enlarge it. */
export interface ImageComparison {
  /** Label of the row's original. */
  name: string;
  /** Image at high resolution, in the size of the outputs. */
  original: Image;
  /** Images that each method made, by its name: the same names in each row. */
  outputs: Readonly<Record<string, Image>>;
  /** The part that is shown. */
  part: Rectangle;
}

/** Settings of {@linkcode compareImages}. */
export interface CompareImagesOptions extends FigureOptions {
  /** Pixels on each side that PSNR leaves out: customarily the scale. */
  border: number;
  /** Width of an image on the page, in px. Default 150. */
  size?: number | undefined;
}

/** Names of {@linkcode CompareImagesOptions}. */
const COMPARE_IMAGES_OPTIONS: OptionNames<CompareImagesOptions> = {
  ...FIGURE_OPTIONS,
  border: true,
  size: true,
};

/**
 * Images as methods enlarge them: a row per image with the whole original, the same part of each output,
 * and that of the original. Below each output stands the PSNR of its luma over the whole image, not over
 * the part.
 *
 * @throws {TypeError} where an output has another size than its original
 */
export function compareImages(
  rows: readonly ImageComparison[],
  options: CompareImagesOptions,
): Figure {
  requireOptions("compareImages", options, COMPARE_IMAGES_OPTIONS);
  const { border, size = 150, ...words } = options;
  const cells = rows.flatMap(({ name, original, outputs, part }) => {
    // Twice the size on the page is all that a screen can show of it.
    const scale = Math.min(1, 2 * size / original.width);
    const [left, top, width, height] = [part.left, part.top, part.width, part.height].map((side) =>
      side * scale
    );
    const mark = { left: left!, top: top!, width: width!, height: height! };
    return [
      { image: scale < 1 ? imresize(original, scale) : original, caption: name, mark },
      ...Object.entries(outputs).map(([method, image]) => {
        const score = psnr(luma(image), luma(original), { border });
        return { image: crop(image, part), caption: `${method}\n${score.toFixed(2)} dB`, mark: undefined };
      }),
      { image: crop(original, part), caption: "original", mark: undefined },
    ];
  });
  return imageGrid(cells.map(({ image }) => image), {
    ...words,
    captions: cells.map(({ caption }) => caption),
    marks: cells.map(({ mark }) => mark),
    columns: cells.length / Math.max(1, rows.length),
    size,
  });
}
