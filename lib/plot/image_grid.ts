import { escapeXml } from "./escape_xml.ts";
import type { Tensor } from "../deps.ts";
import { encodePng } from "../formats/png.ts";
import { base64, type Figure, type FigureOptions, frame } from "./figure.ts";

/** Settings of {@linkcode imageGrid}. */
export interface ImageGridOptions extends FigureOptions {
  /** A caption per image. */
  captions?: readonly string[];
  /** Default 8. */
  columns?: number;
  /** Width of an image on the page, in px. Default 76. */
  size?: number;
}

/** Small pictures side by side: uint8 [N, 3, H, W]. */
export function imageGrid(images: Tensor, options: ImageGridOptions): Figure {
  const { captions = [], columns = 8, size = 76, ...words } = options;
  const [count, channels, height, width] = images.dims as [number, number, number, number];
  const pixels = images.data as Uint8Array;
  const rowHeight = size * height / width + 20;
  const parts = Array.from({ length: count }, (_, i) => {
    const [x, y] = [14 + (i % columns) * (size + 8), Math.floor(i / columns) * rowHeight];
    const planes = pixels.subarray(i * channels * height * width, (i + 1) * channels * height * width);
    const href = `data:image/png;base64,${base64(interleaved(planes, channels, width, height))}`;
    return `<image href="${href}" x="${x}" y="${y}" width="${size}" height="${rowHeight - 20}" ` +
      `style="image-rendering:pixelated"/><text x="${x}" y="${y + rowHeight - 8}" font-size="10">` +
      `${escapeXml(captions[i] ?? "")}</text>`;
  });
  return frame(words, parts.join(""), 20 + columns * (size + 8), Math.ceil(count / columns) * rowHeight + 6);
}

function interleaved(planes: Uint8Array, channels: number, width: number, height: number): Uint8Array {
  const area = width * height;
  const data = new Uint8Array(planes.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < area; i++) data[i * channels + c] = planes[c * area + i]!;
  }
  return encodePng({ width, height, channels: channels as 1 | 3, data });
}
