import assert from "node:assert/strict";
import { amountOf, bitsOf, DENSE, labelOf, sparsityAt } from "../../../lib/papers/compressed_lrm/setting.ts";

Deno.test("Bits of a weight: zeros with their map, n of m, grids, and what was left", () => {
  const report = { rows: 4, columns: 8, method: "sparsegpt", sparsity: 0.5 } as const;
  assert.equal(bitsOf([report], { method: "sparsegpt", sparsity: 0.5 }), 9);
  assert.equal(bitsOf([report], { method: "sparsegpt", nm: { n: 2, m: 4 } }), 8 + 3 / 4);
  const grid = { ...report, method: "gptq", bits: 3, sparsity: 0 } as const;
  assert.equal(bitsOf([grid], { method: "gptq", bits: 3 }), 3 + 19 / 8);
  assert.equal(bitsOf([{ ...grid, groupSize: 4 }], { method: "gptq", bits: 3 }), 3 + 19 / 4);
  assert.equal(bitsOf([{ ...grid, method: "anyk" }], { method: "anyk", bits: 3 }), 3 + 19 / 8 + 8 * 16 / 8);
  const both = { method: "sparsegpt", sparsity: 0.5, bits: 4 } as const;
  assert.equal(bitsOf([{ ...report, bits: 4 }], both), 2 + 1 + 20 / 8);
  assert.equal(bitsOf([grid], { method: "gptq", bits: 3, keep: 0 }, 32), (3 + 19 / 8 + 16) / 2);
  for (const bits of [2, 5, 9, 13]) assert.ok(Math.abs(16 * (1 - sparsityAt(bits)) + 1 - bits) < 1e-12);
});

Deno.test("A setting in words has its method and how far it goes", () => {
  assert.deepEqual([amountOf(DENSE), labelOf(DENSE)], ["", "dense"]);
  assert.equal(labelOf({ method: "sparsegpt", sparsity: 0.5, bits: 4 }), "SparseGPT 50 % and 4 bits");
  assert.equal(labelOf({ method: "wanda", nm: { n: 2, m: 4 } }), "Wanda 2:4");
  assert.equal(labelOf({ method: "gptq", bits: 3, keep: 0 }), "GPTQ 3 bits, MLP 1 kept");
  const alone = "model.layers.1.mlp.up_proj.weight";
  assert.equal(labelOf({ method: "rtn", bits: 3, alone }), "nearest 3 bits, 2 up alone");
});
