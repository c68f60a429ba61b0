import { deepEqual } from "node:assert/strict";
import { embedding } from "../../lib/nn/layers.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";

Deno.test("an embedding gives the rows of its table, whatever the shape of what asks for them", async () => {
  const g = new GraphBuilder("table");
  const ids = g.input("ids", "int64", [2, 3]);
  g.output(embedding(g, ids, { name: "table", random: seededRandom(1), count: 4, features: 5 }), "y");
  const asked = [3, 0, 1, 1, 2, 3];
  const { y } = await runModel(g.model(), { ids: new Tensor("int64", asked.map(BigInt), [2, 3]) });
  const { data } = g.model().graph.initializers.get("table.weight") as Tensor;
  const rows = asked.map((row) => [...(data as Float32Array).subarray(5 * row, 5 * row + 5)]);
  deepEqual(y!.dims, [2, 3, 5]);
  deepEqual([...y!.data as Float32Array], rows.flat());
});
