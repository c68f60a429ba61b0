import assert from "node:assert/strict";
import { CHARACTER, legendRows, swatch, wrap } from "../../lib/plot/legend.ts";

Deno.test("text is wrapped where words allow: the same words, in lines as long as they may be", () => {
  const text = "accuracy of a network after each round of pruning";
  const lines = wrap(text, 16);
  assert.equal(lines.join(" "), text);
  lines.forEach((line, i) => {
    assert.ok(line.length <= 16, line);
    const next = lines[i + 1]?.split(" ")[0];
    if (next !== undefined) assert.ok(line.length + 1 + next.length > 16, `${line} has room for ${next}`);
  });
  assert.deepEqual(wrap("incomprehensibilities are long", 8), ["incomprehensibilities", "are long"]);
});

Deno.test("a legend goes on in another row where the width ends, and no entry leaves the figure", () => {
  const entries = Array.from({ length: 9 }, (_, i) => ({ label: `series ${i}`, color: "#112233" }));
  const { svg, bottom } = legendRows(entries, { width: 300, top: 44 });
  const places = [...svg.matchAll(/<text x="([\d.]+)" y="(\d+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
  assert.equal(places.length, 9);
  assert.deepEqual([...new Set(places.map(([, y]) => y))], [44, 61, 78]);
  assert.equal(bottom, 78);
  for (const [x] of places) assert.ok(x! + 8 * CHARACTER <= 300);
  assert.deepEqual(legendRows([], { width: 300, top: 44 }), { svg: "", bottom: 44 });
});

Deno.test("a swatch is drawn as its series: a line, dashes, a filled or a hollow point, a box", () => {
  const entry = { label: "a", color: "#112233" };
  assert.match(swatch(entry, 0, 0), /^<path [^>]*stroke-width="2.5" fill="none"\/>$/);
  assert.match(swatch({ ...entry, mark: "dashed" }, 0, 0), / stroke-dasharray="5 3"/);
  assert.match(swatch({ ...entry, dashes: "1 2" }, 0, 0), / stroke-dasharray="1 2"/);
  assert.match(swatch({ ...entry, mark: "dot" }, 0, 0), /^<path [^>]*fill="#112233" stroke="#112233"/);
  assert.match(swatch({ ...entry, mark: "dot", hollow: true }, 0, 0), /fill="#ffffff" stroke="#112233"/);
  assert.match(swatch({ ...entry, mark: "box" }, 0, 0), /^<rect /);
});
