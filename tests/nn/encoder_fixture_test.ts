import assert from "node:assert/strict";
import { bert, distilbert, type DistilbertOptions } from "../../lib/nn/bert.ts";
import { loadWeights } from "../../lib/nn/load_weights.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { backward } from "../../lib/onnx/gradients.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { int64, sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { spanCrossEntropy } from "../../lib/text/span_loss.ts";
import { crossEntropy, type Loss } from "../../lib/train/losses.ts";
import { withLoss } from "../../lib/train/with_loss.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";

interface Answer {
  parameters: Record<string, number[]>;
  inputs: Record<string, number[][]>;
  outputs: Record<string, number[]>;
  gradients?: Record<string, number[]>;
}

const fixture: { labels: number[]; spans: [number, number][]; answers: Record<string, Answer> } = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/encoders.json", import.meta.url)),
);

/** A function of the name and the place: that of make_encoder_fixture.py. */
function value(name: string, dims: number[]): Tensor {
  const seed = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const data = Float32Array.from({ length: sizeOf(dims) }, (_, i) => {
    const x = ((i * 7919 + seed * 1031) % 2001 - 1000) / 1000;
    if (dims.length > 1) return x * Math.sqrt(3 / dims[1]!);
    return name.endsWith("weight") ? 1 + 0.1 * x : 0.1 * x;
  });
  return new Tensor("float32", data, dims);
}

const sizes: DistilbertOptions = {
  vocabulary: 20,
  positions: 9,
  layers: 2,
  hidden: 8,
  heads: 2,
  neurons: 12,
  classes: 3,
  weights: "zeros",
};

const MODELS: Record<string, Model> = {
  bert: bert(sizes),
  distilbert: distilbert(sizes),
  tanh: bert({ ...sizes, activation: "gelu_tanh" }),
  span: bert({ ...sizes, head: "span" }),
  none: bert({ ...sizes, head: "none" }),
};

const loaded = (name: string) =>
  loadWeights(
    MODELS[name]!,
    Object.fromEntries(
      Object.entries(fixture.answers[name]!.parameters).map(([key, dims]) => [key, value(key, dims)]),
    ),
  );

const feeds = ({ inputs }: Answer, rows: readonly number[] = [0, 1, 2], length = 7) =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, table]) => [
      name,
      int64(rows.flatMap((row) => table[row]!.slice(0, length)), [rows.length, length]),
    ]),
  );

for (const [name, answer] of Object.entries(fixture.answers)) {
  Deno.test(`${name}: Hugging Face's weights by name, and its answers at an odd length with padding`, async () => {
    const outputs = await runNative(loaded(name), feeds(answer));
    assert.deepEqual(Object.keys(outputs).sort(), Object.keys(answer.outputs).sort());
    for (const [output, expected] of Object.entries(answer.outputs)) {
      assertClose(outputs[output]!.data as Float32Array, expected, REORDERED_FLOAT32, output);
    }
  });
}

const LOSSES: Record<string, [Loss, Record<string, bigint[]>]> = {
  labels: [crossEntropy(), { labels: fixture.labels.map(BigInt) }],
  spans: [spanCrossEntropy(), {
    starts: fixture.spans.map(([start]) => BigInt(start)),
    ends: fixture.spans.map(([, end]) => BigInt(end)),
  }],
};

for (const [name, kind] of [["bert", "labels"], ["distilbert", "labels"], ["span", "spans"]] as const) {
  Deno.test(`${name}: gradients of all weights are PyTorch's`, async () => {
    const answer = fixture.answers[name]!;
    const model = inferShapes(loaded(name));
    const [loss, given] = LOSSES[kind]!;
    const g = new GraphBuilder(model.graph, model.info.opsets);
    const { value, targets } = withLoss(g, loss);
    const expected = answer.gradients!;
    assert.deepEqual(Object.keys(expected).sort(), Object.keys(answer.parameters).sort());
    const gradients = backward(g, value, Object.keys(expected));
    for (const gradient of new Set(Object.values(gradients))) g.output(gradient);
    const outputs = await runNative(model.withGraph(g.graph()), {
      ...feeds(answer),
      ...Object.fromEntries(
        Object.entries(targets).map(([target, input]) => [input, int64(given[target]!)]),
      ),
    });
    for (const [weight, numbers] of Object.entries(expected)) {
      assertClose(outputs[gradients[weight]!]!.data as Float32Array, numbers, REORDERED_FLOAT32, weight);
    }
  });
}

Deno.test("padding changes nothing: a short text alone has the answer that it has among longer ones", async () => {
  const answer = fixture.answers.bert!;
  const { logits } = await runNative(loaded("bert"), feeds(answer, [1], 4));
  assertClose(logits!.data as Float32Array, answer.outputs.logits!.slice(3, 6), REORDERED_FLOAT32);
});

Deno.test("the mean over tokens leaves padding out", async () => {
  const model = bert({ ...sizes, pooling: "mean", weights: "random", seed: 3 });
  const answer = fixture.answers.bert!;
  const [among, alone] = [
    await runNative(model, feeds(answer)),
    await runNative(model, feeds(answer, [1], 4)),
  ];
  assertClose(
    alone.logits!.data as Float32Array,
    (among.logits!.data as Float32Array).slice(3, 6),
    REORDERED_FLOAT32,
  );
  // By hand, from the hidden states of the same weights without a head.
  const bare = bert({ ...sizes, head: "none", weights: "random", seed: 3 });
  const tensors = Object.fromEntries(
    [...model.graph.initializers].filter(([name]) => name.startsWith("bert.")).map(([name, tensor]) => [
      name.slice("bert.".length),
      tensor as Tensor,
    ]),
  );
  const states = (await runNative(loadWeights(bare, tensors), feeds(answer, [1], 4))).last_hidden_state!;
  const { data } = model.graph.initializers.get("classifier.weight") as Tensor;
  const byHand = [0, 1, 2].map((label) =>
    Array.from(
      { length: 8 },
      (_, i) =>
        [0, 1, 2, 3].reduce((sum, t) => sum + Number(states.data[8 * t + i]), 0) / 4 *
        Number(data[8 * label + i]),
    ).reduce((sum, x) => sum + x, 0)
  );
  assertClose(alone.logits!.data as Float32Array, byHand, REORDERED_FLOAT32);
});
