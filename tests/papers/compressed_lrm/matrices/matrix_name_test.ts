import assert from "node:assert/strict";
import { decoder } from "../../../../lib/nn/decoder.ts";
import {
  lastLayer,
  PARTS,
  placeOf,
  shortName,
  weightsOfLayers,
} from "../../../../lib/papers/compressed_lrm/matrices/matrix_name.ts";

Deno.test("every matrix of a decoder's layers has its place, all parts in each", () => {
  const model = decoder({
    vocabulary: 9,
    context: 8,
    layers: 12,
    hidden: 8,
    heads: 2,
    neurons: 12,
    weights: "zeros",
  });
  const names = [...model.graph.initializers.keys()].filter((name) => name.endsWith("_proj.weight"));
  const byLayer = Map.groupBy(names.map(placeOf), ({ layer }) => layer);
  assert.deepEqual([...byLayer.keys()].sort((a, b) => a - b), Array.from({ length: 12 }, (_, i) => i));
  for (const places of byLayer.values()) {
    assert.deepEqual(places.map(({ part }) => part).sort(), [...PARTS].sort());
  }
  assert.deepEqual(weightsOfLayers(12).sort(), names.sort());
  assert.equal(shortName(weightsOfLayers(12).at(-1)!), "12 down");
  assert.deepEqual([lastLayer(names), lastLayer([])], [11, -1]);
});
