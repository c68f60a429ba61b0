import { Error, TypeError } from "../errors.ts";
import { requireOptions } from "../options.ts";
import { pathOf, replaceFile } from "../files/replace_files.ts";
import { importResvg } from "./deps.ts";
import type { Figure } from "./figure.ts";
import type { Table } from "./table.ts";

/** Settings of figures in pixels. */
export interface PngOptions {
  /** Pixels per px of the figure. Default 2: sharp on most screens, and in print at the width of a column. */
  scale?: number | undefined;
}

/**
 * A figure as a PNG file's bytes, words and all, on Deno and Node: the rasteriser is native code.
 *
 * @throws Error where the system has no fonts to write the words with
 */
export async function figurePng(figure: Figure, options: PngOptions = {}): Promise<Uint8Array> {
  requireOptions("figurePng", options, { scale: true });
  const { scale = 2 } = options;
  const { Resvg } = await importResvg();
  const letter = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">A</text></svg>`;
  if (new Resvg(letter).getBBox() === undefined) {
    throw new Error(
      "Cannot draw the figure's words as pixels: expected some font on this system, found none; install one " +
        "(DejaVu Sans, say), or save the figure as SVG",
    );
  }
  return Uint8Array.from(new Resvg(figure.svg, { fitTo: { mode: "zoom", value: scale } }).render().asPng());
}

/**
 * Saves a figure as what the path ends in: `.svg`, or `.png`.
 *
 * @throws TypeError where it ends in neither; Error where the file cannot be written
 */
export async function saveFigure(
  figure: Figure,
  path: string | URL,
  options: PngOptions = {},
): Promise<void> {
  requireOptions("saveFigure", options, { scale: true });
  const target = pathOf(path, "figure");
  const ending = endingOf(target);
  if (ending !== "svg" && ending !== "png") {
    throw new TypeError(`Cannot save the figure to ${path}: expected a path that ends in .svg or .png`);
  }
  const content = ending === "svg" ? `${figure.svg}\n` : await figurePng(figure, options);
  await replaceFile(target, content, "figure");
}

/**
 * Saves all of a table as CSV.
 *
 * @throws TypeError where the path does not end in `.csv`; Error where the file cannot be written
 */
export async function saveTable(table: Table, path: string | URL): Promise<void> {
  const target = pathOf(path, "table");
  if (endingOf(target) !== "csv") {
    throw new TypeError(`Cannot save the table to ${path}: expected a path that ends in .csv`);
  }
  await replaceFile(target, table.csv(), "table");
}

function endingOf(path: string): string | undefined {
  return path.match(/\.(\w+)$/)?.[1]?.toLowerCase();
}
