import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { float32, Tensor } from "../../lib/tensor/tensor.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { beforeAfterBars } from "../../lib/plot/bars.ts";
import { parseHTML } from "../../lib/plot/deps.ts";
import type { Figure } from "../../lib/plot/figure.ts";
import { decodePng } from "../../lib/formats/png.ts";
import { heatMap } from "../../lib/plot/heat_map.ts";
import { histogram } from "../../lib/plot/histogram.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { metaGraphFigure } from "../../lib/drawings/meta_graph.ts";
import { imageGrid } from "../../lib/plot/image_grid.ts";
import { distributions } from "../../lib/plot/distributions.ts";
import { drawNetwork } from "../../lib/plot/network.ts";
import { MUTED, PALETTE } from "../../lib/plot/palette.ts";
import { table } from "../../lib/plot/table.ts";
import { tradeOff } from "../../lib/plot/trade_off.ts";
import { trainingCurve } from "../../lib/plot/training_curve.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { assertPicture } from "./picture.ts";

const words = { title: "A title & its <tags>", subtitle: "where it comes from", alt: "what one sees" };

/** The elements of a figure that match a CSS selector. */
function select(figure: Figure, selector: string): Element[] {
  return [...parseHTML(figure.svg).document.querySelectorAll(selector)] as unknown as Element[];
}

Deno.test("tradeOff draws each series once, with its points, and the baseline", () => {
  const rows = ["l1", "random"].flatMap((series, s) =>
    [0.25, 0.5, 0.75].map((x) => ({ series, x, y: 0.9 - (1 - x) * (0.1 + 0.2 * s) }))
  );
  const figure = tradeOff(rows, {
    ...words,
    xLabel: "MACs kept",
    yLabel: "accuracy",
    baseline: { x: 1, y: 0.93, label: "unpruned" },
    faint: (series) => series === "random",
  });
  strictEqual(select(figure, "[aria-label=line] path").length, 2);
  strictEqual(select(figure, "[aria-label=dot] path").length, 6 + 1);
  ok(figure.svg.includes("unpruned"));
  assertPicture(figure, "trade_off");
});

Deno.test("histogram counts every finite value once, and none straddles the cut", () => {
  const values = [...Array.from({ length: 200 }, (_, i) => Math.sqrt(i) / 15), NaN, Infinity];
  const cut = 0.4;
  const figure = histogram(values, { ...words, xLabel: "norm", cut, bins: 20 });
  const bars = select(figure, "[aria-label=rect] rect");
  const axis = select(figure, "[aria-label='y-grid'] line");
  ok(axis.length > 0);
  const goes = bars.filter((bar) => bar.getAttribute("fill") === MUTED);
  const height = (bar: Element) => Number(bar.getAttribute("height"));
  const total = bars.reduce((sum, bar) => sum + height(bar), 0);
  const share = goes.reduce((sum, bar) => sum + height(bar), 0) / total;
  const expected = values.filter((value) => value < cut).length / 200;
  ok(Math.abs(share - expected) < 0.01, `share of area left of the cut: ${share}, of values: ${expected}`);
  assertPicture(figure, "histogram");
});

Deno.test("histograms of one domain have the same bars, and values beyond it count in the last", () => {
  const edges = [[0.25, 0.65, 0.66], [-3, 0.5, 9]].map((values) => {
    const figure = histogram(values, { ...words, xLabel: "norm", domain: [0, 1], bins: 10 });
    const bars = select(figure, "[aria-label=rect] rect").map((bar) => Number(bar.getAttribute("x")));
    const ticks = select(figure, "[aria-label='x-axis tick label'] text").map((tick) => tick.textContent);
    return { bars, ticks };
  });
  deepStrictEqual(edges[0]!.ticks, edges[1]!.ticks);
  strictEqual(edges[0]!.bars.length, 2);
  // Equal widths from the same start: the first and last of the second lie nine bars apart.
  const width = (edges[1]!.bars[2]! - edges[1]!.bars[0]!) / 9;
  ok(Math.abs(edges[0]!.bars[1]! - edges[0]!.bars[0]! - 4 * width) < 0.1, `${edges[0]!.bars} ${width}`);
});

Deno.test("histogram of nothing, and of one value, is a figure all the same", () => {
  for (const values of [[], [3], [3, 3]]) {
    match(histogram(values, { ...words, xLabel: "norm" }).svg, /^<svg/);
  }
});

/** Corners of each line of a figure, in pixels. */
const corners = (figure: Figure) =>
  select(figure, "[aria-label=line] path").map((path) =>
    [...path.getAttribute("d")!.matchAll(/([-\d.]+),([-\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)])
  );

Deno.test("distributions draws shares of each series over the same bars, whatever its length", () => {
  const figure = distributions({
    few: [0.05, 0.05, 0.95, NaN],
    many: Array.from({ length: 100 }, (_, i) => (i + 0.5) / 100),
    "all beyond": [7, 8, 9],
  }, { ...words, xLabel: "norm", domain: [0, 1], bins: 10 });
  // How high each bar stands over the axis: where a line is in the middle of it.
  const bars = corners(figure).map((line) => {
    const [left, bottom] = line[0]!;
    const width = (line.at(-1)![0]! - left!) / 10;
    return Array.from({ length: 10 }, (_, i) => {
      const middle = left! + (i + 0.5) * width;
      return bottom! - line.findLast(([x]) => x! < middle)![1]!;
    });
  });
  const one = bars[1]![0]! / 10; // a percent, in pixels
  const expected = [[200 / 3, 0, 0, 0, 0, 0, 0, 0, 0, 100 / 3], new Array(10).fill(10), [
    ...new Array(9).fill(0),
    100,
  ]];
  bars.forEach((heights, i) =>
    heights.forEach((height, j) => ok(Math.abs(height / one - expected[i]![j]!) < 0.1, `${heights}`))
  );
  assertPicture(figure, "distributions");
});

Deno.test("distributions on a logarithmic axis gives each factor the same width, and zeros to the first bar", () => {
  const values = [0, 2e-3, 2e-2, 2e-1];
  const figure = distributions({ values }, {
    ...words,
    xLabel: "size",
    log: true,
    domain: [1e-3, 1],
    bins: 3,
  });
  const [line] = corners(figure);
  const edges = [...new Set(line!.map(([x]) => x!))].sort((a, b) => a - b);
  strictEqual(edges.length, 4);
  for (const i of [1, 2]) ok(Math.abs(edges[i + 1]! - 2 * edges[i]! + edges[i - 1]!) < 0.03, `${edges}`);
  const heights = edges.slice(0, 3).map((edge) => line![0]![1]! - line!.findLast(([x]) => x === edge)![1]!);
  ok(Math.abs(heights[0]! - 2 * heights[1]!) < 0.03 && heights[1] === heights[2], `${heights}`);
  match(distributions({ nothing: [] }, { ...words, xLabel: "size", log: true }).svg, /^<svg/);
});

Deno.test("heatMap, beforeAfterBars and trainingCurve draw one mark per row", () => {
  const heat = heatMap(
    ["conv1", "conv2"].flatMap((y, j) => [0.1, 0.5].map((x) => ({ x, y, value: x + j }))),
    { ...words, xLabel: "ratio", yLabel: "group", format: (v) => v.toFixed(1) },
  );
  strictEqual(select(heat, "[aria-label=cell] rect").length, 4);
  assertPicture(heat, "heat_map");
  const bars = beforeAfterBars([{ name: "conv1", before: 16, after: 9 }], { ...words, xLabel: "channels" });
  strictEqual(select(bars, "[aria-label=bar] rect").length, 2);
  assertPicture(bars, "bars");
  const curve = trainingCurve([1, 2, 3].map((x) => ({ series: "loss", x, y: 1 / x })), {
    ...words,
    yLabel: "loss",
  });
  strictEqual(select(curve, "[aria-label=dot] path").length, 3);
  assertPicture(curve, "training_curve");
});

Deno.test("drawNetwork draws a residual network with one box per weighted operator", () => {
  const g = new GraphBuilder("residual");
  const x = g.input("x", "float32", ["N", 2, 8, 8]);
  const weight = (name: string, dims: number[]) =>
    g.parameter(name, float32(new Array(dims.reduce((a, b) => a * b)).fill(0.5), dims));
  const h = g.relu(g.conv(x, weight("w1", [2, 2, 3, 3]), undefined, { pads: [1, 1, 1, 1] }));
  g.output(g.add(g.conv(h, weight("w2", [2, 2, 1, 1])), x), "y");
  const figure = drawNetwork(g.model(), { color: (node) => node.op === "Conv" ? PALETTE[0] : undefined });
  deepStrictEqual(
    select(figure, "g > text").map((text) => text.textContent),
    ["x [N, 2, 8, 8]", "conv 3×3 · 2→2 · ReLU", "conv 1×1 · 2→2", "+", "y"],
  );
  strictEqual(select(figure, "path[marker-end]").length, 5);
  assertPicture(figure, "network");
});

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

Deno.test("lines are labelled at their ends, no label over another; where there is no room there is a legend", () => {
  const named = (count: number) =>
    trainingCurve(
      Array.from(
        { length: count },
        (_, i) => [{ series: `line ${i}`, x: 1, y: i }, { series: `line ${i}`, x: 2, y: 1 }],
      )
        .flat(),
      { ...words, yLabel: "loss" },
    );
  const labels = (figure: Figure) =>
    select(figure, "g > text").filter(({ textContent }) => /^line \d+$/.test(textContent!));
  const heights = labels(named(10)).map((label) => Number(label.getAttribute("y"))).sort((a, b) => a - b);
  strictEqual(heights.length, 10);
  heights.slice(1).forEach((y, i) => ok(y - heights[i]! >= 11, `${heights}`));
  strictEqual(labels(named(30)).length, 0);
  strictEqual(
    select(named(30), "text").filter(({ textContent }) => /^line \d+$/.test(textContent!)).length,
    30,
  );
});

Deno.test("two series never share both colour and marker, nor a series and its faint twin", () => {
  const names = Array.from({ length: 20 }, (_, i) => `s${i}`);
  const rows = names.flatMap((
    series,
    i,
  ) => [{ series, x: 1, y: i }, { series: `${series} faint`, x: 1, y: i + 0.5 }]);
  const figure = tradeOff(rows, {
    ...words,
    xLabel: "x",
    yLabel: "y",
    faint: (series) => series.endsWith("faint"),
    hue: (series) => series.split(" ")[0]!,
  });
  const groups = select(figure, "[aria-label=dot]");
  const looks = groups.map((group) =>
    `${group.getAttribute("fill")} ${group.getAttribute("stroke")} ${
      group.querySelector("path")!.getAttribute("d")
    }`
  );
  strictEqual(new Set(looks).size, 40);
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

Deno.test("metaGraphFigure draws a dot per node, the heaviest edges, and an arc for a shortcut, before and after", () => {
  const build = (hidden: number) => {
    const g = new GraphBuilder("residual");
    const x = g.input("x", "float32", ["N", 2]);
    const weight = (name: string, dims: number[]) =>
      g.parameter(name, float32(Array.from({ length: dims[0]! * dims[1]! }, (_, i) => (i % 5) - 1), dims));
    const first = g.relu(g.matMul(x, weight("w1", [2, 4])));
    const inner = g.relu(g.matMul(first, weight("w2", [4, hidden])));
    g.output(g.matMul(g.add(g.matMul(inner, weight("w3", [hidden, 4])), first), weight("w4", [4, 1])), "y");
    return metaGraph(g.model());
  };
  const figure = metaGraphFigure(build(6), { after: build(3) });
  // Root of the channels, twice, but no more than there are: 2, 4, 5 of 6, 4, 1 and 2, 4, 3, 4, 1.
  strictEqual(select(figure, "circle").length, 16 + 14);
  const counts = select(figure, "g > text").map((text) => text.textContent).filter((text) =>
    /^\d+$/.test(text!)
  );
  deepStrictEqual(counts, ["2", "4", "6", "4", "1", "2", "4", "3", "4", "1"]);
  strictEqual(select(figure, `path[stroke="${PALETTE[1]}"][d*="C"]`).length, 2);
  assertPicture(figure, "meta_graph");
});

Deno.test("imageGrid draws every image of a tensor, channel by channel, with its caption", () => {
  const bytes = Uint8Array.from({ length: 3 * 3 * 2 * 4 }, (_, i) => i);
  const figure = imageGrid(new Tensor("uint8", bytes, [3, 3, 2, 4]), {
    ...words,
    captions: ["a", "b\nbelow b", "<c>"],
    columns: 2,
  });
  const images = select(figure, "image").map((element) =>
    decodePng(Uint8Array.fromBase64(element.getAttribute("href")!.split(",")[1]!))
  );
  strictEqual(images.length, 3);
  deepStrictEqual([images[1]!.width, images[1]!.height, images[1]!.channels], [4, 2, 3]);
  // The second pixel of the second image: 24 + 1, and one plane of 8 further for each colour.
  deepStrictEqual([...images[1]!.data.subarray(3, 6)], [25, 33, 41]);
  const captions = select(figure, "text").map(({ textContent }) => textContent);
  for (const caption of ["a", "b", "below b", "<c>"]) ok(captions.includes(caption), `${captions}`);
});

Deno.test("small numbers keep their digits where they are words, not places", () => {
  const rows = [{ series: "rate", x: 1, y: 0.001 }, { series: "rate", x: 2, y: 0.004 }];
  const texts = select(trainingCurve(rows, { ...words, yLabel: "rate" }), "text").map((t) => t.textContent);
  ok(texts.some((text) => text === "0.002" || text === "0.0020"), texts.join(" "));
});
