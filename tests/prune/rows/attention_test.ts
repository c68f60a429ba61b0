import { deepEqual, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

Deno.test("heads of queries, keys and values leave together; places and sizes stay", () => {
  const { outputs, joins } = flowOf("Attention", [[2, 4, 5, 8], [2, 4, 6, 8], [2, 4, 6, 3]], { opset: 23 });
  deepEqual(outputs[0]![1], "0.1");
  deepEqual(outputs[0]![3], "2.3");
  match(outputs[0]![2]!, /^closed: Attention.* compares it with keys$/);
  deepEqual(joins, ["0.1 = 1.1", "0.1 = 2.1"]);
});

Deno.test("a head of keys leaves with all the queries that share it", () => {
  const { joins } = flowOf("Attention", [[2, 4, 5, 8], [2, 2, 6, 8], [2, 2, 6, 8]], { opset: 23 });
  deepEqual(joins, ["0.1 = 1.1[0,0,1,1]", "0.1 = 2.1[0,0,1,1]"]);
});

Deno.test("where heads are joined to one axis, all of a head leaves, and goes on by its first", () => {
  const attributes = { q_num_heads: 2, kv_num_heads: 2 };
  const { outputs, joins } = flowOf("Attention", [[2, 5, 4], [2, 6, 4], [2, 6, 2]], {
    attributes,
    opset: 23,
  });
  deepEqual(outputs[0]![2], "0.2[0,2]");
  deepEqual(joins[0], "0.2[0,0,2,2] = 0.2");
});

Deno.test("a rotation moves nothing between heads", () => {
  const angles = { weight: [2, 5, 2] };
  const { outputs } = flowOf("RotaryEmbedding", [[2, 3, 5, 4], angles, angles], { opset: 23 });
  deepEqual(outputs[0]![1], "0.1");
  match(outputs[0]![3]!, /^closed: RotaryEmbedding.* turns it by its place$/);
});
