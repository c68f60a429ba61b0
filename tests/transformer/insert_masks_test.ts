import assert from "node:assert/strict";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { insertMasks } from "../../lib/transformer/insert_masks.ts";
import { transformerOf } from "../../lib/transformer/transformer.ts";
import { feedsFor, network } from "./networks.ts";
import { distance, logitsOf } from "./logits.ts";

Deno.test("ones change nothing, a zero for a block is the block without its branch", async () => {
  const model = await network("our bert");
  const transformer = transformerOf(model);
  const fed = feedsFor(model);
  const factor = (value: number) =>
    insertMasks(transformer, (g, { id }) => ({
      whole: id === "attention.1" ? g.constant(float32([value], [])) : undefined,
    }), { renormalize: false });
  const before = await logitsOf(model, fed);
  assert.ok(distance(await logitsOf(factor(1), fed), before) < 1e-6);
  assert.ok(distance(await logitsOf(factor(0), fed), before) > 1e-3);
  // A branch is added: half of it is half of the way, to where the sum is read.
  const { sum } = transformer.blocks.find(({ id }) => id === "attention.1")!;
  const sumOf = async (value: number) => {
    const masked = factor(value);
    const model = masked.withGraph({ ...masked.graph, outputs: [sum] });
    return [...(await runModel(model, fed))[sum]!.data as Float32Array];
  };
  const [none, half, whole] = [await sumOf(0), await sumOf(0.5), await sumOf(1)];
  assert.ok(distance(half, none.map((value, i) => (value + whole[i]!) / 2)) < 1e-5);
});
