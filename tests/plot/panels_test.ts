import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { drawPlot } from "../../lib/plot/figure.ts";
import { panelLayout, panelPlace } from "../../lib/plot/panels.ts";
import { seriesStyle } from "../../lib/plot/markers.ts";
import { select, words } from "./select.ts";

const panelsOf = (count: number) => Array.from({ length: count }, (_, i) => ({ label: `panel ${i}` }));

Deno.test("panels fill rows of at most three, and as evenly as they can", () => {
  for (let count = 1; count <= 12; count++) {
    const places = panelsOf(count).map((_, i) => panelPlace(i, count));
    strictEqual(new Set(places.map(({ fx, fy }) => `${fx} ${fy}`)).size, count);
    const rows = Map.groupBy(places, ({ fy }) => fy);
    const lengths = [...rows.values()].map(({ length }) => length);
    ok(Math.max(...lengths) <= 3, `${count}: ${lengths}`);
    strictEqual(rows.size, Math.ceil(count / 3));
    ok(lengths.slice(0, -1).every((length) => length === lengths[0]), `${count}: ${lengths}`);
  }
  deepStrictEqual(
    [0, 1, 2, 3].map((i) => panelPlace(i, 4)),
    [[0, 0], [1, 0], [0, 1], [1, 1]].map(([fx, fy]) => ({
      fx,
      fy,
    })),
  );
});

Deno.test("each heading stands over its panel, in as many lines as the widest needs, and none on a drawing", () => {
  const panels = panelsOf(5).map((panel, i) =>
    i === 1 ? { label: "a name of many words ".repeat(4).trim() } : panel
  );
  const { top, height } = panelLayout(panels, { left: 58, above: 0, width: 800, height: 100 });
  strictEqual(height, 2 * 100 + top);
  const figure = drawPlot({
    ...words,
    panels,
    width: 882,
    height: 100,
    x: { domain: [0, 1] },
    y: { domain: [0, 1] },
    marks: [],
  });
  const headings = select(figure, "text.panel").map((text) => ({
    words: text.textContent!,
    x: Number(text.getAttribute("x")),
    y: Number(text.getAttribute("y")),
  }));
  ok(headings.filter(({ words }) => words.includes("name") || words.includes("many")).length > 1);
  const lefts = [...new Set(headings.map(({ x }) => x))].sort((a, b) => a - b);
  strictEqual(lefts.length, 3);
  deepStrictEqual(
    headings.filter(({ words }) => words === "panel 0" || words === "panel 3").map(({ x }) => x),
    [
      lefts[0],
      lefts[0],
    ],
  );
  const [first, below] = ["panel 0", "panel 3"].map((name) =>
    headings.find(({ words }) => words === name)!.y
  );
  ok(Math.abs(below! - first! - (100 + top)) <= 1, `${first} ${below}`);
});

Deno.test("a heading has a swatch where its panel is about one series", () => {
  const draw = (panel: object) =>
    select(drawPlot({ ...words, panels: [{ label: "one", ...panel }], height: 80, marks: [] }), "path")
      .length;
  strictEqual(draw({ ...seriesStyle(1), hollow: true, mark: "dashed" }) - draw({}), 2);
});
