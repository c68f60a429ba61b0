import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { seededRandom } from "../../../lib/random.ts";
import { runModel } from "../../../lib/runtime/run_model.ts";
import type { Tensors } from "../../../lib/runtime/runtime.ts";
import { float32, Tensor } from "../../../lib/tensor/tensor.ts";
import type { EmbeddingTable } from "../../../lib/ctr/tables/table.ts";

/** Two fields of two and of three ids. */
export const FIELDS = [{ name: "a", size: 2 }, { name: "b", size: 3 }];

/**
 * Vectors that a table gives to the first id of each field, and to the last: [2, 2, features].
 *
 * @param weights numbers in place of those that were drawn, by the tensors' names
 */
export async function lookedUp(
  table: EmbeddingTable,
  features: number,
  weights: Record<string, readonly number[]> = {},
  feeds: Tensors = {},
): Promise<number[]> {
  const g = new GraphBuilder("table");
  const rows = g.input("rows", "int32", ["N", 2]);
  g.output(table.build(g, { rows, fields: FIELDS, features, random: seededRandom(0) }), "vectors");
  const model = g.model();
  const initializers = new Map(model.graph.initializers);
  for (const [name, numbers] of Object.entries(weights)) {
    initializers.set(name, float32(numbers, initializers.get(name)!.dims));
  }
  const ids = new Tensor("int32", Int32Array.of(0, 2, 1, 4), [2, 2]);
  const { vectors } = await runModel(model.withGraph({ ...model.graph, initializers }), {
    rows: ids,
    ...feeds,
  });
  return Array.from(vectors!.data as Float32Array, (value) => value + 0); // −0 is 0
}
