import assert from "node:assert/strict";
import type { Architecture } from "../../../lib/papers/meta_pruning/architecture.ts";
import { edgesOf, macsOf } from "../../../lib/papers/meta_pruning/cost.ts";
import { network } from "../../../lib/papers/meta_pruning/kinds/network.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { TINY } from "./tiny.ts";

Deno.test("a training is expected to take its arithmetic and its steps", () => {
  const base = { ...TINY.base, epochs: 30, batchSize: 50 };
  const spec = {
    architecture: { kind: "mlp", hidden: [64, 64] },
    data: { set: "digits", source: "procedural", seed: 0, examples: { train: 1000, validation: 0, test: 0 } },
    seed: 0,
    base,
  } as const;
  // Forward and twice that backward; a millisecond for each of 20 steps.
  const expected = 30 * (3 * 64 * (64 + 64 + 10) * 1000 / 15e9 + 20 * 1e-3);
  assertClose([network.seconds!(spec)], [expected], REORDERED_FLOAT32);
  const initial = { macs: 0.5, training: base };
  assert.ok(network.seconds!({ ...spec, initial }) > 1.5 * expected);
});

Deno.test("a network's cost is what its layers multiply, and its graph has an edge for each weight", () => {
  const architecture: Architecture = { kind: "mlp", hidden: [16, 8] };
  const weights = 64 * 16 + 16 * 8 + 8 * 10;
  assert.deepEqual([macsOf(architecture), edgesOf(architecture)], [weights, weights]);
});
