import { escapeXml } from "../../../lib/plot/escape_xml.ts";
import { duration } from "../../../lib/progress.ts";
import { RUN_MIME, runFacts, type RunSource } from "../run_line.ts";
import { type NotebookFigure, notebookFigures } from "./figures.ts";
import { joined, type Notebook } from "./notebook.ts";

/** Note of the runner in an executed notebook's metadata, under `espalier`. */
export interface RunNote {
  /** Name of the preset that was run. */
  preset: string;
  /** When the run ended, as ISO 8601. */
  when: string;
  /** How long the run took. */
  seconds: number;
  /** Version of Deno. */
  deno: string;
  /** Why the run stopped early, where it did. */
  error?: string;
}

/** An executed notebook and its file name without the extension. */
export interface Executed {
  /** File name without the extension. */
  name: string;
  /** The notebook with its outputs. */
  notebook: Notebook;
}

/** All figures and tables of the executed notebooks as one HTML page that needs no other file. */
export function gallery(executed: readonly Executed[]): string {
  const sections = executed.map(section).join("\n");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Espalier: results</title>
<style>${STYLE}</style>
<header>
<h1>Espalier: results</h1>
<p>Every figure and table of the notebooks below, from the run that is named beside it. Click on a figure for its SVG file.</p>
${executed.length > 1 ? `<nav>${executed.map(link).join(" ")}</nav>` : ""}
</header>
<main>
${sections || "<p>No notebook has been run.</p>"}
</main>
</html>
`;
}

function link({ name, notebook }: Executed): string {
  return `<a href="#${encodeURIComponent(name)}">${escapeXml(titleOf(notebook) ?? name)}</a>`;
}

function section({ name, notebook }: Executed): string {
  const note = notebook.metadata.espalier as RunNote | undefined;
  const source = sourceOf(notebook);
  const facts = [
    ...source ? runFacts(source) : [`preset ${note?.preset ?? "unknown"}`],
    note && `Deno ${note.deno}`,
    note && `${duration(note.seconds)}, ${note.when.slice(0, 16).replace("T", " ")} UTC`,
  ].filter((fact) => typeof fact === "string");
  const file = encodeURIComponent(name);
  const tables = tablesOf(notebook);
  return `<section id="${encodeURIComponent(name)}">
<h2>${escapeXml(titleOf(notebook) ?? name)}</h2>
<p class="facts">${facts.map((fact) => `<span>${escapeXml(fact)}</span>`).join("")}</p>
${note?.error ? `<p class="error">Stopped early: ${escapeXml(note.error)}</p>` : ""}
<p>The executed notebook: <a href="${file}.html">to read</a>, <a href="${file}.ipynb">${
    escapeXml(name)
  }.ipynb</a></p>
<div class="figures">
${notebookFigures(notebook, name).map(figureHtml).join("\n") || "<p>It drew no figures.</p>"}
</div>
${
    tables.length > 0
      ? `<details><summary>${tables.length} table${tables.length === 1 ? "" : "s"}</summary>\n` +
        `<div class="tables">\n${tables.join("\n")}\n</div></details>`
      : ""
  }
</section>`;
}

/** The tables that cells showed, as HTML, in order. */
function tablesOf({ cells }: Notebook): string[] {
  return cells.flatMap(({ outputs = [] }) => outputs).flatMap((output) => {
    const html = "data" in output ? output.data?.["text/html"] : undefined;
    const text = Array.isArray(html) ? html.join("") : html;
    return typeof text === "string" && /<table\b/.test(text) ? [text] : [];
  });
}

function figureHtml({ number, title, alt, svg, file }: NotebookFigure): string {
  // As an image, not inline: the ids of one figure then cannot meet those of another.
  const data = `data:image/svg+xml;base64,${base64(svg)}`;
  return `<figure${isWide(svg) ? ' class="wide"' : ""}><a href="figures/${encodeURIComponent(file)}">` +
    `<img src="${data}" alt="${escapeXml(alt)}" loading="lazy"></a>` +
    `<figcaption><b>${number}</b> ${escapeXml(title)}${
      explainsItself(svg) || alt === title ? "" : `<br>${escapeXml(alt)}`
    }</figcaption></figure>`;
}

/** Figures of ours say below the drawing what they show. */
function explainsItself(svg: string): boolean {
  return svg.includes('class="caption"');
}

/** A drawing so wide that its text would be too small in one of two columns. */
function isWide(svg: string): boolean {
  return Number(svg.match(/viewBox="[\d.]+ [\d.]+ ([\d.]+)/)?.[1] ?? 0) > 920;
}

function base64(text: string): string {
  return (new TextEncoder().encode(text) as Uint8Array & { toBase64(): string }).toBase64();
}

/** The first heading of the notebook. */
function titleOf({ cells }: Notebook): string | undefined {
  for (const cell of cells) {
    const heading = cell.cell_type === "markdown" ? joined(cell.source).match(/^#\s+(.+)$/m)?.[1] : undefined;
    if (heading) return heading.trim();
  }
  return undefined;
}

/** The origin of the numbers that the notebook itself named last. */
function sourceOf({ cells }: Notebook): RunSource | undefined {
  const bundles = cells.flatMap((cell) => cell.outputs ?? []).map((output) =>
    "data" in output ? output.data : {}
  );
  return bundles.findLast((data) => RUN_MIME in data)?.[RUN_MIME] as RunSource | undefined;
}

const STYLE = `
:root { color-scheme: light dark; --paper: #fbfaf7; --card: #fff; --ink: #20262e; --faint: #667080;
  --line: #e3e0d8; --leaf: #2a7d58; --bad: #b3402f; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181d; --card: #1c2229; --ink: #e4e8ec; --faint: #98a3b0; --line: #2c343d; --leaf: #6cc79c;
    --bad: #f08a78; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 1560px; background: var(--paper);
  color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 1.3rem; margin: 0 0 .4rem; }
header { border-bottom: 1px solid var(--line); padding-bottom: 1rem; margin-bottom: 2rem; }
header p { color: var(--faint); margin: .3rem 0; max-width: 70ch; }
a { color: var(--leaf); }
nav { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; margin-top: .6rem; }
section { margin-bottom: 3.5rem; }
.facts { display: flex; flex-wrap: wrap; gap: .35rem; margin: .2rem 0 .6rem; }
.facts span { border: 1px solid var(--line); background: var(--card); border-radius: 99px; padding: .05rem .7rem;
  font-size: .85rem; color: var(--faint); }
.error { color: var(--bad); border-left: 3px solid; padding-left: .8rem; }
.figures { display: grid; gap: 1.2rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 660px), 1fr)); }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .8rem;
  display: flex; flex-direction: column; }
.tables { display: grid; gap: 1.2rem; overflow-x: auto; margin-top: .8rem; }
summary { cursor: pointer; color: var(--leaf); margin-top: 1rem; }
.wide { grid-column: 1 / -1; }
figure a { display: flex; flex: 1; align-items: center; justify-content: center; border-radius: 6px;
  background: #fff; }
img { max-width: 100%; height: auto; }
figcaption { color: var(--faint); font-size: .9rem; margin-top: .6rem; }
figcaption b { color: var(--leaf); margin-right: .3rem; }
`;
