import { type Bundle, joined, type Notebook, type Text } from "./notebook.ts";

/** A figure that a notebook drew. */
export interface NotebookFigure {
  /** Place of the figure among the notebook's figures, from 1. */
  number: number;
  /** The figure's title. */
  title: string;
  /** The figure in words. */
  alt: string;
  /** A complete SVG document. */
  svg: string;
  /** `00_tour-02-accuracy-against-macs.svg` */
  file: string;
}

/** The figures among a notebook's outputs, in order. `name` is the notebook's, for the files. */
export function notebookFigures(notebook: Notebook, name: string): NotebookFigure[] {
  const figures: NotebookFigure[] = [];
  for (const output of notebook.cells.flatMap((cell) => cell.outputs ?? [])) {
    if (!("data" in output)) continue;
    const svg = svgOf(output.data);
    if (svg === undefined) continue;
    const [first = "", ...rest] = textOf(output.data, "text/plain")?.trim().split("\n") ?? [];
    const number = figures.length + 1;
    const title = first || titleIn(svg) || `Figure ${number}`;
    const file = `${name}-${String(number).padStart(2, "0")}-${slug(title)}.svg`;
    figures.push({ number, title, alt: rest.join(" ").trim() || title, svg: standalone(svg), file });
  }
  return figures;
}

/**
 * The SVG of a bundle: as such, or the largest one within its HTML (a plot with a legend is a `<figure>`).
 */
function svgOf(data: Bundle): string | undefined {
  const svg = textOf(data, "image/svg+xml");
  if (svg !== undefined) return svg;
  const inHtml = textOf(data, "text/html")?.match(/<svg[\s>][\s\S]*?<\/svg>/g) ?? [];
  return inHtml.sort((a, b) => b.length - a.length)[0];
}

/** The SVG with the namespaces that a file needs and a page does not. */
function standalone(svg: string): string {
  const start = svg.indexOf("<svg");
  const tag = svg.slice(start, svg.indexOf(">", start) + 1);
  let added = "";
  if (!/\sxmlns=/.test(tag)) added += ` xmlns="http://www.w3.org/2000/svg"`;
  if (svg.includes("xlink:") && !tag.includes("xmlns:xlink=")) {
    added += ` xmlns:xlink="http://www.w3.org/1999/xlink"`;
  }
  return `${svg.slice(start).replace("<svg", `<svg${added}`).trim()}\n`;
}

function titleIn(svg: string): string | undefined {
  return svg.match(/<title[^>]*>([^<]+)/)?.[1] ?? svg.match(/aria-label="([^"]+)"/)?.[1];
}

function textOf(data: Bundle, mime: string): string | undefined {
  const value = data[mime];
  return typeof value === "string" || Array.isArray(value) ? joined(value as Text) : undefined;
}

function slug(title: string): string {
  const words = title.normalize("NFKD").toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  return words.slice(0, 60).replace(/-$/, "") || "figure";
}
