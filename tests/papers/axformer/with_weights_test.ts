import assert from "node:assert/strict";
import { mlp } from "../../../lib/nn/mlp.ts";
import { withWeights } from "../../../lib/papers/axformer/with_weights.ts";

Deno.test("a model takes another's weights of the same names, and keeps those that the other lacks", () => {
  const [whole, small] = [mlp({ sizes: [4, 8, 3], seed: 1 }), mlp({ sizes: [4, 8], seed: 2 })];
  const { graph } = withWeights(whole, small);
  const of = (model: typeof whole, name: string) => model.graph.initializers.get(name);
  assert.equal(graph.initializers.get("0.weight"), of(small, "0.weight"));
  assert.equal(graph.initializers.get("2.weight"), of(whole, "2.weight"));
  assert.deepEqual([...graph.initializers.keys()], [...whole.graph.initializers.keys()]);
  assert.equal(of(whole, "0.weight") === of(small, "0.weight"), false);
});
