import assert from "node:assert/strict";
import {
  DIMENSIONS,
  learnsDimensions,
  learnsRows,
  supernetTable,
  THRESHOLDS,
} from "../../../lib/ctr/tables/supernet_table.ts";
import { PRUNED_VECTORS } from "../../../lib/ctr/tables/pruned_vectors.ts";
import { TABLE } from "../../../lib/ctr/tables/table.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { lookedUp } from "./looked_up.ts";

// Norms of rows 0, 2, 1, 4, the sums of sizes: 3, 1, 7, 0.5.
const table = { [TABLE]: [1, -2, 3, 4, 0.5, 0.5, 9, 9, 0, 0.5] };
const dimensions = (...widths: number[]) => ({ [DIMENSIONS]: float32(widths, [1, 2]) });

Deno.test("rows stay whose norm is above their field's threshold, or their own", async () => {
  const feature = supernetTable({ mode: "feature" });
  assert.deepEqual(
    await lookedUp(feature, 2, { ...table, [THRESHOLDS]: [5, 0.75] }),
    [0, 0, 0.5, 0.5, 3, 4, 0, 0],
  );
  const rows = supernetTable({ mode: "feature", scope: "row" });
  assert.deepEqual(
    await lookedUp(rows, 2, { ...table, [THRESHOLDS]: [2, 8, 0, 0, 0] }),
    [1, -2, 0.5, 0.5, 0, 0, 0, 0.5],
  );
});

Deno.test("the Euclidean norm is smaller than the sum of sizes: a row of 3 and 4 has 5", async () => {
  const euclidean = supernetTable({ mode: "feature", norm: 2 });
  const found = await lookedUp(euclidean, 2, { ...table, [THRESHOLDS]: [6, 0] });
  assert.deepEqual(found.slice(4, 6), [0, 0]);
});

Deno.test("coordinates behind a field's dimensions are zero, whatever is asked of rows", async () => {
  const found = await lookedUp(supernetTable({ mode: "embed" }), 2, table, dimensions(1, 2));
  assert.deepEqual(found, [1, 0, 0.5, 0.5, 3, 0, 0, 0.5]);
});

Deno.test("a pruned row may give its field's vector", async () => {
  const found = await lookedUp(supernetTable({ mode: "feature", pruned: "vector" }), 2, {
    ...table,
    [THRESHOLDS]: [5, 5],
    [PRUNED_VECTORS]: [7, 8, 9, 10],
  });
  assert.deepEqual(found, [7, 8, 9, 10, 3, 4, 9, 10]);
});

Deno.test("modes learn rows, dimensions or both", () => {
  const modes = ["feature", "embed", "all", "all2"] as const;
  assert.deepEqual(modes.map(learnsRows), [true, false, true, true]);
  assert.deepEqual(modes.map(learnsDimensions), [false, true, true, true]);
});
