import { type OptionNames, requireOptions } from "../options.ts";
import { escapeXml } from "./escape_xml.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { elements } from "../tensor/arrays.ts";
import type { Image } from "../formats/image.ts";
import { encodePng } from "../formats/png.ts";
import { base64, type Figure, FIGURE_OPTIONS, type FigureOptions, frame } from "./figure.ts";
import { PALETTE } from "./palette.ts";

/** Part of an image, in its pixels. */
export interface Mark {
  /** First column. */
  left: number;
  /** First row. */
  top: number;
  /** Columns. */
  width: number;
  /** Rows. */
  height: number;
}

/** Settings of {@linkcode imageGrid}. */
export interface ImageGridOptions extends FigureOptions {
  /** A caption per image; `"\n"` begins a new line. */
  captions?: readonly string[] | undefined;
  /** A part to draw a box around, per image. */
  marks?: readonly (Mark | undefined)[] | undefined;
  /** Images in a row. Default 8. */
  columns?: number | undefined;
  /** Width of an image on the page, in px. Default 76. */
  size?: number | undefined;
}

/** Names of {@linkcode ImageGridOptions}. */
const IMAGE_GRID_OPTIONS: OptionNames<ImageGridOptions> = {
  ...FIGURE_OPTIONS,
  captions: true,
  marks: true,
  columns: true,
  size: true,
};

const GAP = 8;
const MARGIN = 14;
const LINE = 13;

/** Small images side by side: uint8 [N, C, H, W], or images of any sizes, all drawn equally wide. */
export function imageGrid(shown: Tensor | readonly Image[], options: ImageGridOptions): Figure {
  requireOptions("imageGrid", options, IMAGE_GRID_OPTIONS);
  const { captions = [], marks = [], columns = 8, size = 76, ...words } = options;
  const images = "dims" in shown ? separate(shown) : shown;
  const parts: string[] = [];
  let y = 0;
  for (let start = 0; start < images.length; start += columns) {
    const row = images.slice(start, start + columns);
    const heights = row.map(({ width, height }) => size * height / width);
    const lines = row.map((_, i) => (captions[start + i] ?? "").split("\n"));
    row.forEach((image, i) => {
      const x = MARGIN + i * (size + GAP);
      const href = `data:image/png;base64,${base64(encodePng(image))}`;
      parts.push(
        `<image href="${href}" x="${x}" y="${y}" width="${size}" height="${digits(heights[i]!)}" ` +
          `style="image-rendering:pixelated"/>`,
      );
      const mark = marks[start + i];
      if (mark) parts.push(box(mark, x, y, size / image.width));
      lines[i]!.forEach((line, k) => {
        const base = digits(y + heights[i]! + LINE * (k + 1));
        parts.push(`<text x="${x}" y="${base}" font-size="11">${escapeXml(line)}</text>`);
      });
    });
    y += Math.max(...heights.map((height, i) => height + LINE * lines[i]!.length)) + GAP;
  }
  const wide = Math.min(columns, Math.max(1, images.length));
  // Words need a line of some length.
  return frame(words, parts.join(""), Math.max(360, 20 + wide * (size + GAP)), digits(y + 6));
}

function box({ left, top, width, height }: Mark, x: number, y: number, scale: number): string {
  const [a, b, c, d] = [x + left * scale, y + top * scale, width * scale, height * scale].map(digits);
  // White below the colour, to be seen on any image.
  return [["white", 4], [PALETTE[1], 2]].map(([stroke, thick]) =>
    `<rect x="${a}" y="${b}" width="${c}" height="${d}" fill="none" stroke="${stroke}" stroke-width="${thick}"/>`
  ).join("");
}

/** Hundredths of a pixel are enough. */
const digits = (value: number) => Number(value.toFixed(2));

/** The images of a tensor, the channels of a pixel side by side. */
function separate(images: Tensor): Image[] {
  const [count, channels, height, width] = images.dims as [number, number, number, number];
  const area = height * width;
  const all = elements(images, "uint8");
  return Array.from({ length: count }, (_, n) => {
    const planes = all.subarray(n * channels * area, (n + 1) * channels * area);
    const data = new Uint8Array(planes.length);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < area; i++) data[i * channels + c] = planes[c * area + i]!;
    }
    return { width, height, channels, data };
  });
}
