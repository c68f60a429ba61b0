import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CHARACTER } from "../../lib/plot/legend.ts";
import { type NamedPoint, pointLabels } from "../../lib/plot/point_labels.ts";

const WITHIN = { left: 0, right: 400, top: 0, bottom: 200 };

/** Each name with the middle of where it is written. */
function written(points: readonly NamedPoint[]) {
  const texts = pointLabels(points, WITHIN).matchAll(
    /<text x="(.+?)" y="(.+?)".*?anchor="(\w+)">(.*?)<\/text>/g,
  );
  return [...texts].map(([, x, y, anchor, label]) => {
    const half = label!.length * CHARACTER / 2;
    const aside = { start: half, middle: 0, end: -half }[anchor!]!;
    return { label: label!, x: Number(x) + aside, y: Number(y) - 4 };
  });
}

Deno.test("a name alone stands to the right of its point, without a line", () => {
  const point = { x: 100, y: 100, label: "four" };
  deepStrictEqual(written([point]), [{
    label: "four",
    x: 100 + 9 + 2 * Number(CHARACTER.toFixed(1)),
    y: 100,
  }]);
  ok(!pointLabels([point], WITHIN).includes("<path"));
});

Deno.test("names of points that meet do not hide each other, nor leave the drawing", () => {
  const points = Array.from(
    { length: 8 },
    (_, i) => ({ x: 390 - (i % 3), y: 100 + (i % 2), label: `field ${i}` }),
  );
  const names = written(points);
  strictEqual(names.length, 8);
  for (const [i, a] of names.entries()) {
    const half = a.label.length * CHARACTER / 2;
    ok(a.x - half >= 0 && a.x + half <= 400 + 1e-6, `${a.label} at ${a.x}`);
    for (const b of names.slice(i + 1)) {
      const apart = Math.abs(a.x - b.x) >= a.label.length * CHARACTER - 0.2 || Math.abs(a.y - b.y) >= 12.9;
      ok(apart, `${a.label} at ${a.x}, ${a.y} hides ${b.label} at ${b.x}, ${b.y}`);
    }
  }
});

Deno.test("a name that is far from its point has a line that leads to it, and markup in it is text", () => {
  const points = Array.from({ length: 9 }, (_, i) => ({ x: 200, y: 100, label: `<${i}>` }));
  const svg = pointLabels(points, WITHIN);
  ok(svg.includes("<path"));
  ok(svg.includes("&#60;0") && !svg.includes("<0>"));
});
