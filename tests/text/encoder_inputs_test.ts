import assert from "node:assert/strict";
import { bert } from "../../lib/nn/bert.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { encoderInputs } from "../../lib/text/encoder_inputs.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";

const sizes = {
  vocabulary: 500,
  positions: 20,
  layers: 1,
  hidden: 8,
  heads: 2,
  classes: 2,
  weights: "zeros",
} as const;
const model = bert(sizes);

Deno.test("inputs and tables are found in graphs of other programs, or refused", () => {
  assert.deepEqual(encoderInputs(model), {
    ids: "input_ids",
    mask: "attention_mask",
    types: "token_type_ids",
    vocabulary: 500,
    positions: 20,
  });
  // As exporters write it: positions are a stored row of numbers that is cut to the length; ids are cast.
  const g = new GraphBuilder("exported");
  const ids = g.input("input", "int32", ["N", "T"]);
  const table = g.parameter("word_embeddings.weight", float32(new Float32Array(60), [15, 4]));
  const places = g.parameter("position_embeddings.weight", float32(new Float32Array(36), [9, 4]));
  const stored = g.parameter("position_ids", int64([0, 1, 2, 3, 4, 5, 6, 7, 8], [1, 9]));
  const length = g.node("Shape", [ids], { start: 1, end: 2 })[0]!;
  const [own] = g.node("Slice", [stored, g.ints([0]), length, g.ints([1])]);
  // Segments that nobody feeds: the first row for all.
  const segments = g.parameter("token_type_embeddings.weight", float32(new Float32Array(8), [2, 4]));
  const none = g.sub(own!, own!);
  const sum = g.add(g.gather(table, g.cast(ids, "int64")), g.gather(segments, none));
  g.output(g.add(sum, g.gather(places, own!)), "out");
  assert.deepEqual(encoderInputs(g.model()), { ids: "input", vocabulary: 15, positions: 9 });
  const image = new GraphBuilder("image");
  image.output(image.relu(image.input("pixels", "float32", ["N"])), "y");
  assert.throws(() => encoderInputs(image.model()), /expected inputs like input_ids, .* found pixels/);
});

Deno.test("encoders as both of PyTorch's exporters write them are fed by their own inputs and tables", async () => {
  for (const name of ["bert", "distilbert"]) {
    for (const exporter of ["script", "dynamo"]) {
      const path = new URL(`../fixtures/transformers/${name}_${exporter}.onnx`, import.meta.url);
      const inputs = encoderInputs(await loadModel(path));
      assert.deepEqual(
        inputs,
        { ids: "input_ids", mask: "attention_mask", vocabulary: 30, positions: 16 },
        path.pathname,
      );
    }
  }
});

Deno.test("the longest text ends where the table does: rows in front of the first token's are none of its", async () => {
  const g = new GraphBuilder("RoBERTa");
  const ids = g.input("input_ids", "int64", ["N", "T"]);
  const padding = g.constant(int64([1], []));
  const isToken = g.cast(g.not(g.equal(ids, padding)), "int64");
  const places = g.add(g.mul(g.cumSum(isToken, 1), isToken), padding);
  const table = (name: string, rows: number) =>
    g.parameter(`${name}_embeddings.weight`, float32(new Float32Array(4 * rows), [rows, 4]));
  // Distances of two tokens have a table too, which limits no text.
  const row = g.unsqueeze(g.reduceMax(places, [0], { keepdims: false }), [0]);
  const apart = g.clip(
    g.sub(row, g.transpose(row, [1, 0])),
    g.constant(int64([0], [])),
    g.constant(int64([4], [])),
  );
  g.output(g.add(g.gather(table("word", 15), ids), g.gather(table("position", 9), places)), "out");
  g.output(g.gather(table("distance", 5), apart), "distances");
  const model = g.model();
  assert.deepEqual(encoderInputs(model), { ids: "input_ids", vocabulary: 15, positions: 7 });
  const run = (tokens: number) =>
    runModel(model, { input_ids: int64(Array.from({ length: tokens }, () => 5), [1, tokens]) });
  await run(7);
  await assert.rejects(run(8), /idx=9/);
});
