import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { layRails } from "../../lib/page/views/rails.ts";

Deno.test("a chain is one lane, and a branch that comes back runs beside it", () => {
  assert.deepEqual(layRails(4, [[0, 1], [1, 2], [2, 3]]), { lanes: [0, 0, 0, 0], count: 1 });
  // A residual block: 0 → 1 → 2 → 3, and 0 → 3.
  assert.deepEqual(layRails(4, [[0, 1], [1, 2], [2, 3], [0, 3]]), { lanes: [0, 1, 1, 0], count: 2 });
  assert.deepEqual(layRails(0, []), { lanes: [], count: 1 });
});

Deno.test("what a row makes keeps its lane for itself until the last of its readers", () => {
  const graph = fc.integer({ min: 2, max: 24 }).chain((rows) =>
    fc.tuple(
      fc.constant(rows),
      fc.array(
        fc.tuple(fc.nat(rows - 1), fc.nat(rows - 1)).filter(([from, to]) => from < to),
        { maxLength: 40 },
      ),
    )
  );
  fc.assert(fc.property(graph, ([rows, edges]) => {
    const { lanes, count } = layRails(rows, edges);
    assert.equal(lanes.length, rows);
    for (const [from, to] of edges) {
      for (let row = from + 1; row < to; row++) {
        assert.notEqual(lanes[row], lanes[from], `row ${row} lies on the line from ${from} to ${to}`);
      }
    }
    assert.equal(Math.max(0, ...lanes) + 1, count);
  }));
});

Deno.test("twenty thousand rows are laid without ado", () => {
  const rows = 20_000;
  const edges = Array.from({ length: rows - 1 }, (_, i) => [i, i + 1] as const);
  const skips = Array.from({ length: rows / 4 - 1 }, (_, i) => [4 * i, 4 * i + 4] as const);
  assert.equal(layRails(rows, [...edges, ...skips]).count, 2);
});
