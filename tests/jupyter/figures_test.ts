import assert from "node:assert/strict";
import { notebookFigures } from "../../kernels/jupyter/runner/figures.ts";
import { gallery } from "../../kernels/jupyter/runner/gallery.ts";
import type { Bundle, Notebook } from "../../kernels/jupyter/runner/notebook.ts";
import { RUN_MIME, runLine } from "../../kernels/jupyter/run_line.ts";
import { VERSION } from "../../lib/version.ts";
import { trainingCurve } from "../../lib/plot/training_curve.ts";

function notebookShowing(...bundles: Bundle[]): Notebook {
  const outputs = bundles.map((data) => ({ output_type: "display_data" as const, data, metadata: {} }));
  return {
    cells: [
      { cell_type: "markdown", metadata: {}, source: "# Prune <b>" },
      { cell_type: "code", metadata: {}, source: "", outputs },
    ],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  };
}

Deno.test("figures are named by notebook, order and title, and stand alone as files", () => {
  const figures = notebookFigures(
    notebookShowing(
      { "image/svg+xml": ["<svg\n", ' width="4"><g/></svg>'], "text/plain": "Accuracy vs. MACs\nIt falls" },
      { "text/plain": "no picture" },
      {
        "text/html":
          '<figure><svg width="9"></svg><svg viewBox="0 0 9 9"><use xlink:href="#a"/></svg></figure>',
      },
      {
        "image/svg+xml":
          '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><title>Tür</title></svg>',
      },
    ),
    "00_tour",
  );
  assert.deepEqual(figures.map(({ file }) => file), [
    "00_tour-01-accuracy-vs-macs.svg",
    "00_tour-02-figure-2.svg",
    "00_tour-03-tu-r.svg",
  ]);
  assert.equal(figures[0]!.alt, "It falls");
  assert.equal(figures[0]!.svg, '<svg xmlns="http://www.w3.org/2000/svg"\n width="4"><g/></svg>\n');
  assert.match(figures[1]!.svg, /^<svg xmlns="[^"]+" xmlns:xlink="[^"]+" viewBox="0 0 9 9">/);
  assert.equal(figures[2]!.svg.match(/xmlns=/g)!.length, 1);
});

Deno.test("the gallery needs no other file, escapes what it shows, and says what each run was", () => {
  const notebook = notebookShowing(
    { "image/svg+xml": "<svg></svg>", "text/plain": "A <script>\nalt" },
    {
      "text/plain": "x",
      [RUN_MIME]: { preset: "quick", seed: 7, engine: "native, 2 threads", data: "CIFAR-10, 1,017 images" },
    },
  );
  const page = gallery([{ name: "00_tour", notebook }]);
  for (const fact of ["preset quick", "seed 7", "native, 2 threads", "CIFAR-10, 1,017 images"]) {
    assert.ok(page.includes(`<span>${fact}</span>`), fact);
  }
  assert.doesNotMatch(page, /<script|<link|src="(?!data:)|url\(/);
  assert.match(page, /<h2>Prune &#60;b&#62;<\/h2>/);
  assert.match(page, /href="00_tour\.ipynb"/);
  assert.match(page, /alt="alt"/);
  // What a picture shows is to be read beside it, once: in the picture, or else below.
  assert.match(page, /<br>alt<\/figcaption>/);
  const own = trainingCurve([], { title: "Loss", alt: "It falls", yLabel: "loss" }).bundle();
  const second = gallery([{ name: "a", notebook: notebookShowing(own) }]);
  const svg = atob(second.match(/base64,([^"]+)/)![1]!);
  assert.match(svg, /class="caption">It falls</);
  assert.doesNotMatch(second, /It falls<\/figcaption>/);
});

Deno.test("the gallery shows the tables of a notebook, and leads to its page", () => {
  const table = { "text/plain": "a", "text/html": "<table><tr><td>92.1</td></tr></table>" };
  const page = gallery([{
    name: "00_tour",
    notebook: notebookShowing(table, { "text/html": "<p>no table</p>" }),
  }]);
  assert.match(page, /<details><summary>1 table<\/summary>\n<div class="tables">\n<table><tr><td>92\.1</);
  assert.match(page, /href="00_tour\.html"/);
  assert.doesNotMatch(page, /no table/);
  assert.doesNotMatch(gallery([{ name: "a", notebook: notebookShowing() }]), /<details>/);
});

Deno.test("the run line tells version, what came from the store, and when the rows were computed", async () => {
  const results = {
    rows: ["not told"],
    fromStore: 20,
    computed: 4,
    when: { oldest: "2026-11-01T10:00:00.000Z", newest: "2026-11-03T10:00:00.000Z" },
  };
  const line = runLine({ preset: "quick", seed: 1, engine: "native", data: "digits", results });
  const bundle = line[Symbol.for("Jupyter.display")]!();
  assert.equal(
    bundle["text/plain"],
    `preset quick · seed 1 · native · digits · Espalier ${VERSION} · 4 results computed now, 20 from the store · ` +
      "rows of 2026-11-01 to 2026-11-03",
  );
  assert.doesNotMatch(JSON.stringify(bundle), /not told/);
  const page = gallery([{ name: "a", notebook: notebookShowing(bundle as Bundle) }]);
  assert.ok(page.includes("<span>4 results computed now, 20 from the store</span>"));
  const declared = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  assert.equal(VERSION, declared.version);
});
