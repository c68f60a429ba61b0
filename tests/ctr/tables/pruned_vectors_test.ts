import assert from "node:assert/strict";
import { PRUNED_VECTORS, prunedVectors } from "../../../lib/ctr/tables/pruned_vectors.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { weightsOf } from "../../../lib/nn/weights.ts";
import { seededRandom } from "../../../lib/random.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { FIELDS } from "./looked_up.ts";

Deno.test("one vector for each field, within Xavier's bound, and learned as a table is", () => {
  const g = new GraphBuilder("vectors");
  g.output(prunedVectors(g, { rows: "", fields: FIELDS, features: 300, random: seededRandom(2) }), "y");
  const model = g.model();
  const { dims, data } = model.graph.initializers.get(PRUNED_VECTORS) as Tensor;
  const most = Math.max(...(data as Float32Array).map(Math.abs));
  assert.deepEqual([...dims], [2, 300]);
  assert.ok(most <= Math.sqrt(6 / 302) && most > 0.1);
  assert.deepEqual(weightsOf(model).map(({ name, role }) => [name, role]), [[PRUNED_VECTORS, "embedding"]]);
});
