import assert from "node:assert/strict";
import type { AskedRow } from "../../../lib/papers/compressed_lrm/asked.ts";
import { overNetworks, rowsOfNetworks } from "../../../lib/papers/compressed_lrm/over_networks.ts";

Deno.test("one network decides by its items, several by their means; those of which nothing is known are none", () => {
  assert.deepEqual(overNetworks([[1, 2, 3]]), { effect: [1, 2, 3], per: "items" });
  assert.deepEqual(overNetworks([[1, 2, 3], [], [4, 6]]), { effect: [2, 5], per: "networks" });
  assert.deepEqual(overNetworks([[], [7]]), { effect: [7], per: "items" });
  assert.deepEqual(overNetworks([]), { effect: [], per: "networks" });
});

Deno.test("rows are of one network where width and seed are the same, however it was compressed", () => {
  const row = (hidden: number, seed: number, bits: number) => ({ hidden, seed, bits }) as AskedRow;
  const rows = [row(64, 0, 16), row(64, 1, 16), row(64, 0, 3), row(128, 0, 16)];
  assert.deepEqual(rowsOfNetworks(rows), [[rows[0], rows[2]], [rows[1]], [rows[3]]]);
});
