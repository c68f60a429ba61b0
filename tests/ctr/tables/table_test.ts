import assert from "node:assert/strict";
import { lookUp, plainTable, TABLE, tableWeight } from "../../../lib/ctr/tables/table.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { seededRandom } from "../../../lib/random.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { FIELDS, lookedUp } from "./looked_up.ts";

Deno.test("a plain table gives the rows that are asked for", async () => {
  const found = await lookedUp(plainTable(), 2, { [TABLE]: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });
  assert.deepEqual(found, [1, 2, 5, 6, 3, 4, 9, 10]);
});

Deno.test("first values are within Xavier's bound of the one matrix", () => {
  const g = new GraphBuilder("weight");
  const rows = g.input("rows", "int32", ["N", 2]);
  tableWeight(g, { rows, fields: FIELDS, features: 400, random: seededRandom(1) });
  const values = (g.model().graph.initializers.get(TABLE) as Tensor).data as Float32Array;
  const bound = Math.sqrt(6 / (5 + 400));
  const most = Math.max(...values.map(Math.abs));
  assert.ok(values.length === 2000 && most <= bound && most > 0.99 * bound);
});

Deno.test("vectors from outside of the graph are taken as they are, without a table", () => {
  const g = new GraphBuilder("fed");
  const vectors = g.input("vectors", "float32", ["N", 2, 4]);
  const lookup = { rows: "", fields: FIELDS, features: 4, random: seededRandom(0), vectors };
  assert.equal(lookUp(g, lookup), vectors);
  assert.equal(g.model().graph.initializers.size, 0);
});
