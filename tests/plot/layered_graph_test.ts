import assert from "node:assert/strict";
import { layeredGraph } from "../../lib/plot/layered_graph.ts";
import { select, words } from "./select.ts";

/** A chain of so many boxes. */
const chain = (count: number) => ({
  boxes: Array.from({ length: count }, (_, i) => ({ id: `${i}`, label: `box ${i}` })),
  arrows: Array.from({ length: count - 1 }, (_, i) => ({ from: `${i}`, to: `${i + 1}` })),
});

Deno.test("boxes of a chain stand below each other, with an arrow between each two", () => {
  const { boxes, arrows } = chain(6);
  const figure = layeredGraph(boxes, arrows, words);
  const rects = select(figure, "g > rect").filter((rect) => rect.getAttribute("rx") === "5");
  const heights = rects.map((rect) => Number(rect.getAttribute("y")));
  assert.deepEqual(
    select(figure, "g > text").map(({ textContent }) => textContent),
    boxes.map(({ label }) => label),
  );
  heights.slice(1).forEach((y, i) => assert.ok(y - heights[i]! >= 22 + 14, `${heights}`));
  assert.equal(select(figure, "path[marker-end]").length, 5);
});

Deno.test("a drawing taller than a column goes on beside it, and no line leads across", () => {
  const { boxes, arrows } = chain(40);
  const width = (columnHeight: number) => {
    const figure = layeredGraph(boxes, arrows, { ...words, columnHeight });
    const places = select(figure, "g > text").map((text) => Number(text.getAttribute("x")));
    // Of a chain, each column is straight.
    for (const path of select(figure, "path[marker-end]")) {
      const parts = path.getAttribute("d")!.split("M").slice(1);
      for (const part of parts) {
        const xs = [...part.matchAll(/([\d.]+),[\d.]+/g)].map(([, x]) => Number(x));
        assert.ok(Math.max(...xs) - Math.min(...xs) < 1, part);
      }
    }
    return new Set(places).size;
  };
  assert.deepEqual([width(10_000), width(760), width(400)], [1, 2, 4]);
});

Deno.test("words on a box are white or ink, whichever has the contrast of 4.5 that WCAG asks for", () => {
  const colors = ["#ffffff", "#000000", "#0050a0", "#ffd166", "#d13c14"];
  const figure = layeredGraph(colors.map((color) => ({ id: color, label: color, color })), [], words);
  const fills = select(figure, "g > text").map((text) => text.getAttribute("fill")!);
  assert.deepEqual(fills.map((fill) => fill === "#ffffff"), [false, true, true, false, true]);
});
