import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { backward } from "../../lib/onnx/gradients.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import { takeRows } from "../../lib/train/batches.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
import {
  crossEntropies,
  elementsOf,
  feedMasks,
  maskElements,
  maskGradients,
  transformerOf,
} from "../../lib/transformer/mod.ts";
import { meanSquaredError } from "../../lib/train/losses.ts";
import { configured, feedsFor, network, plain, plainFeeds } from "./networks.ts";

/** A network with a sum of its outputs, weighted by place, as `loss`, and gradients of some values. */
function withGradients(model: ReturnType<typeof maskElements>, names: readonly string[]) {
  const g = new GraphBuilder(model.graph, model.info.opsets);
  const loss = g.reduceSum(g.mul(model.graph.outputs[0]!, g.constant(float32([1, -2], [1, 2]))), undefined, {
    keepdims: false,
  });
  g.output(loss, "loss");
  const gradients = backward(g, loss, [...names]) as Record<string, string>;
  for (const name of names) g.output(gradients[name]!, `d ${name}`);
  return g.model();
}

Deno.test("Gradients with respect to masks are what central differences find, in any state of the mask", async () => {
  for (const name of ["our bert", "our vit"]) {
    const transformer = transformerOf(await network(name), { groups: 6 });
    const { model, feeds } = feedMasks(transformer, { hard: [] });
    const names = transformer.blocks.flatMap(({ id }) => [`${id}.parts`, `${id}.whole`]);
    const graph = withGradients(model, names);
    const inputs = feedsFor(transformer.model);
    for (const removed of [[], ["attention.1.head.0", "feed-forward.0.group.3"]] as const) {
      const masks = feeds(configured(removed));
      const found = await runModel(graph, { ...inputs, ...masks });
      for (const mask of names.slice(0, 4)) {
        const step = 1e-2;
        const numbers = [...masks[mask]!.data as Float32Array];
        for (const [i, value] of numbers.entries()) {
          const at = async (by: number) => {
            const moved = float32(numbers.map((each, j) => i === j ? value + by : each), masks[mask]!.dims);
            return Number(
              (await runModel(graph, { ...inputs, ...masks, [mask]: moved } as Tensors)).loss!.data[0],
            );
          };
          const expected = (await at(step) - await at(-step)) / (2 * step);
          const gradient = Number(found[`d ${mask}`]!.data[i]);
          assert.ok(
            Math.abs(gradient - expected) < 3e-3 * Math.max(1, Math.abs(expected)),
            `${mask} ${i}: ${gradient} against ${expected}`,
          );
        }
      }
    }
  }
});

Deno.test("Weights that are masked have no gradient, the others that of the network without them", async () => {
  const model = await network("our bert");
  const own = "bert.encoder.layer.0";
  const weights = [
    `${own}.attention.self.value.weight`,
    `${own}.attention.output.dense.weight`,
    `${own}.intermediate.dense.weight`,
    `${own}.output.dense.weight`,
  ];
  const masked = maskElements(model, configured(["attention.0.head.1", "feed-forward.0.group.2"]));
  const found = await runModel(withGradients(masked, weights), feedsFor(model));
  const gradient = (weight: string) => found[`d ${weight}`] as Tensor;
  for (
    const [weight, axis, from, to] of [[weights[0]!, 0, 4, 8], [weights[1]!, 1, 4, 8], [
      weights[2]!,
      0,
      8,
      12,
    ], [weights[3]!, 1, 8, 12]] as const
  ) {
    const { data, dims } = gradient(weight);
    let others = 0;
    (data as Float32Array).forEach((value, i) => {
      const place = axis === 0 ? Math.floor(i / dims[1]!) : i % dims[1]!;
      if (place >= from && place < to) assert.equal(Math.abs(value), 0, `${weight} ${i}`);
      else others += Math.abs(value);
    });
    assert.ok(others > 1e-2, weight);
  }
});

Deno.test("One fed session is the network itself where nothing is gone", async () => {
  for (const name of ["bert_dynamo", "gpt2_script", "our distilbert"]) {
    const model = await network(name);
    const transformer = transformerOf(model, { groups: 6 });
    for (const hard of [[], [0, 1], [1]]) {
      const { model: fed, feeds } = feedMasks(transformer, { hard });
      const inputs = feedsFor(model);
      const [whole, same, masked, all] = await Promise.all([
        runModel(transformer.model, inputs),
        runModel(fed, { ...inputs, ...feeds(configured([])) }),
        runModel(maskElements(model, configured(["attention.1", "attention.0.head.2"])), inputs),
        runModel(fed, { ...inputs, ...feeds(configured(["attention.1", "attention.0.head.2"])) }),
      ]);
      const output = model.graph.outputs[0]!;
      const apart = (a: Tensor, b: Tensor) =>
        (a.data as Float32Array).reduce(
          (most, value, i) => Math.max(most, Math.abs(value - Number(b.data[i]))),
          0,
        );
      assert.ok(apart(whole![output]!, same![output]!) < 1e-6);
      assert.ok(apart(masked![output]!, all![output]!) < 1e-6);
    }
    assert.ok(elementsOf(transformer).length > 0);
  }
});

Deno.test("Importance by masks is the mean absolute gradient over batches", async () => {
  const model = await network("our bert");
  const transformer = transformerOf(model, { groups: 6 });
  const inputs = feedsFor(model);
  const found = await maskGradients(transformer, { inputs, targets: { labels: int64([0, 1]) } }, {
    batchSize: 1,
  });
  assert.equal(found.size, 2 * (4 + 6));
  const { model: fed, feeds } = feedMasks(transformer, { hard: [] });
  const step = 1e-2;
  const lossOf = async (row: number, part: number, by: number) => {
    const masks = feeds(configured([]));
    const moved = Float32Array.from(masks["attention.1.parts"]!.data as Float32Array);
    moved[part]! += by;
    const one = Object.fromEntries(
      Object.entries(inputs).map(([name, tensor]) => [name, takeRows(tensor, [row])]),
    );
    const outputs = await runModel(fed, { ...one, ...masks, "attention.1.parts": float32(moved) });
    return crossEntropies(outputs, { labels: int64([row]) }).losses[0]!;
  };
  for (const part of [0, 1, 2, 3]) {
    let sum = 0;
    for (const row of [0, 1]) {
      sum += Math.abs(await lossOf(row, part, step) - await lossOf(row, part, -step)) / (2 * step);
    }
    const value = found.get(`attention.1.head.${part}`)!;
    assert.ok(Math.abs(value - sum / 2) < 2e-3, `${value} against ${sum / 2}`);
  }
});

Deno.test("A layer that was not to be hard cannot be fed as hard", async () => {
  const transformer = transformerOf(await network("our bert"), { groups: 6 });
  for (const [hard, told] of [[[], "none"], [[0], "layers 0"]] as const) {
    assert.throws(
      () => feedMasks(transformer, { hard }).feeds(configured(["hard-attention.1"])),
      new RegExp(`^RangeError: Cannot feed hard attention in layer 1: feedMasks was told of ${told}; name`),
    );
  }
  // Where the block is gone, there is nothing to sort.
  feedMasks(transformer).feeds(configured(["hard-attention.1", "attention.1"]));
  assert.throws(() => feedMasks(transformer, { had: [1] } as never), /option "had": did you mean "hard"\?/);
});

Deno.test("A model of halves has the importance of its numbers in float32", async () => {
  const feeds = plainFeeds();
  const data = { inputs: feeds, targets: { expected: feeds.x! } };
  const weigh = (type: "float16" | "float32") =>
    maskGradients(transformerOf(plain({ type }), { groups: 6 }), data, { loss: meanSquaredError() });
  const [halves, singles] = [await weigh("float16"), await weigh("float32")];
  assert.equal(halves.size, 2 + 6);
  for (const [id, weight] of halves) {
    assert.ok(Math.abs(weight - singles.get(id)!) < 1e-2 * Math.max(1, weight), `${id}: ${weight}`);
  }
});
