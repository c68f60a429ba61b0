import assert from "node:assert/strict";
import { drawTeams } from "../../lib/drawings/teams.ts";

Deno.test("teams side by side: who is asked is filled, an arrow for each link, names escaped", () => {
  const { svg } = drawTeams([
    { column: "maths", row: "best", roles: ["B"], links: [], note: "U 0.9" },
    { column: "a < b", row: "best", roles: ["A", "B"], links: [["A", "B"]] },
  ], { title: "Teams", alt: "Two teams", pool: ["A", "B", "C"] });
  const count = (pattern: RegExp) => svg.match(pattern)?.length ?? 0;
  assert.equal(count(/<circle /g), 6);
  assert.equal(count(/<circle [^>]*fill="#ffffff"/g), 3);
  assert.equal(count(/marker-end="url\(#speaks\)"/g), 1);
  assert.ok(svg.includes("U 0.9") && !svg.includes("a < b"));
  // Agents stand at the same places in each panel.
  const places = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => `${x} ${y}`);
  assert.deepEqual(places.slice(0, 3), places.slice(3));
});
