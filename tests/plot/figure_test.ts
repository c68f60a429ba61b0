import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { metaGraphFigure } from "../../lib/drawings/meta_graph.ts";
import { imageGrid } from "../../lib/plot/image_grid.ts";
import { drawNetwork } from "../../lib/plot/network.ts";
import { table } from "../../lib/plot/table.ts";
import { trainingCurve } from "../../lib/plot/training_curve.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { select, words } from "./select.ts";

Deno.test("below every picture stands what it shows, and small where it comes from, once", () => {
  const alt = "Dots are seeds & bars their means, ".repeat(8).trim();
  const figure = trainingCurve([{ series: "a", x: 1, y: 1 }], { ...words, alt, yLabel: "loss" });
  const lines = (name: string) => select(figure, `text.${name}`);
  strictEqual(lines("caption").map(({ textContent }) => textContent).join(" "), alt);
  ok(lines("caption").length > 1);
  strictEqual(figure.svg.split(words.subtitle).length, 2);
  const size = (name: string) => Number(lines(name)[0]!.getAttribute("font-size"));
  ok(size("source") < size("caption"));
  const height = Number(figure.svg.match(/viewBox="0 0 \d+ (\d+)"/)![1]);
  const y = (element: Element) => Number(element.getAttribute("y"));
  const all = [...lines("caption"), ...lines("source")].map(y);
  deepStrictEqual(all, all.toSorted((a, b) => a - b));
  ok(all.every((each) => each < height));
});

Deno.test("text never falls under 9 px: pictures scroll where the page is too narrow, and fit a laptop", () => {
  const deep = drawNetwork(resnetCifar({ depth: 56, widths: [4, 8, 16] }));
  const graph = metaGraphFigure(metaGraph(resnetCifar({ depth: 56, widths: [4, 8, 16] })));
  const grid = imageGrid(new Tensor("uint8", new Uint8Array(12), [1, 3, 2, 2]), {
    ...words,
    captions: ["a"],
  });
  for (const figure of [deep, graph, grid]) {
    const width = Number(figure.svg.match(/ width="(\d+)"/)![1]);
    ok(width <= 920, `${figure.title}: ${width} px`);
    const least = Number(figure.bundle()["text/html"].match(/min-width:(\d+)px/)![1]);
    const sizes = [...figure.svg.matchAll(/font-size(?:="|: ?)([\d.]+)/g)].map(([, size]) => Number(size));
    ok(Math.min(...sizes) * least / width >= 9, `${figure.title}: ${sizes} at ${least} of ${width}`);
  }
});

Deno.test("figures and tables carry text beside the picture, and escape what they are given", () => {
  const figure = trainingCurve([], { ...words, yLabel: "loss" });
  const display = Symbol.for("Jupyter.display");
  const bundle = (figure as unknown as Record<symbol, () => Record<string, string>>)[display]!();
  deepStrictEqual(Object.keys(bundle).sort(), ["image/svg+xml", "text/html", "text/plain"]);
  ok(!figure.svg.includes("<tags>"));
  const words2 = table([{ name: "<b>", value: 1.5 }, { name: "c", value: 20 }]);
  const html = (words2 as unknown as Record<symbol, () => Record<string, string>>)[display]!();
  ok(html["text/html"]!.includes("&#60;b&#62;"));
  strictEqual(html["text/plain"], "name  value\n────  ─────\n<b>     1.5\nc      20");
});
