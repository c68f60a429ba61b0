import assert from "node:assert/strict";
import { bert, distilbert } from "../../lib/nn/bert.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { encodeTexts, textBatches } from "../../lib/text/batches.ts";
import { encoderInputs } from "../../lib/text/encoder_inputs.ts";
import { embedTexts, predictTexts } from "../../lib/text/predict.ts";
import { taskBatches } from "../../lib/text/task_batches.ts";
import type { EncodedText } from "../../lib/text/tokenizer.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import { tokenizerOf } from "./fixture_tokenizer.ts";

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

/** Texts of lengths 1 to 19 in no order; token i of text n is n + 1. */
const texts = Array.from({ length: 230 }, (_, n): EncodedText => {
  const length = 1 + (n * 7) % 19;
  return { ids: Array(length).fill(n + 1), types: Array.from({ length }, (_, i) => Number(i > 2)) };
});
const labels = texts.map((_, n) => n % 2);

Deno.test("every text comes once an epoch, with its own label and segments, among texts of like lengths", async () => {
  const source = textBatches(model, { texts, labels, classes: 2 }, {
    batchSize: 4,
    shuffleSeed: 3,
    padding: 499,
  });
  const orders: number[][] = [];
  let filled = 0;
  for (const epoch of [0, 1]) {
    const seen: number[] = [];
    for (let step = 0; step < source.stepsPerEpoch; step++) {
      const { inputs, targets } = await source.batch(epoch, step);
      const [rows, length] = inputs.input_ids!.dims as [number, number];
      const [ids, mask, types] = ["input_ids", "attention_mask", "token_type_ids"].map((name) =>
        Array.from(inputs[name]!.data as BigInt64Array, Number)
      ) as [number[], number[], number[]];
      for (let row = 0; row < rows; row++) {
        const own = (values: number[]) => values.slice(row * length, (row + 1) * length);
        const n = own(ids)[0]! - 1;
        const text = texts[n]!;
        seen.push(n);
        const behind = length - text.ids.length;
        filled += behind;
        assert.deepEqual(own(ids), [...text.ids, ...Array(behind).fill(499)]);
        assert.deepEqual(own(mask), [...text.ids.map(() => 1), ...Array(behind).fill(0)]);
        assert.deepEqual(own(types), [...text.types, ...Array(behind).fill(0)]);
        assert.equal(Number(targets.labels!.data[row]), n % 2);
      }
    }
    assert.deepEqual([...seen].sort((a, b) => a - b), texts.map((_, n) => n));
    orders.push(seen);
  }
  assert.notDeepEqual(orders[0], orders[1]);
  // In batches as they come, 4 of lengths drawn at random lack about a third of the longest; here next to nothing.
  const tokens = 2 * texts.reduce((sum, { ids }) => sum + ids.length, 0);
  assert.ok(filled < 0.15 * tokens, `${filled} of ${tokens}`);
});

Deno.test("a batch is the same whenever it is asked for, so that a run can be resumed", async () => {
  const make = () => textBatches(model, { texts, labels, classes: 2 }, { batchSize: 8, shuffleSeed: 1 });
  const [one, other] = [make(), make()];
  await other.batch(0, 0);
  assert.deepEqual((await one.batch(2, 5)).inputs, (await other.batch(2, 5)).inputs);
  await one.batch(0, 1);
  assert.deepEqual((await one.batch(2, 5)).inputs, (await other.batch(2, 5)).inputs);
});

Deno.test("without a seed the shortest come first; scores are targets of their own; a fixed length is filled", async () => {
  const source = textBatches(distilbert(sizes), { texts, labels: texts.map((_, n) => n / 2) }, {
    batchSize: 100,
    padTo: 20,
  });
  const { inputs, targets } = await source.batch(0, 2);
  assert.deepEqual(Object.keys(inputs), ["input_ids", "attention_mask"]);
  assert.deepEqual(inputs.input_ids!.dims, [30, 20]);
  assert.deepEqual(targets.expected!.dims, [30, 1]);
  const rows = [0, 1, 2].flatMap((step) => [...source.rows(0, step)]);
  const lengths = rows.map((row) => texts[row]!.ids.length);
  assert.deepEqual(lengths, lengths.toSorted((a, b) => a - b));
  assert.deepEqual([...targets.expected!.data], [...source.rows(0, 2)].map((row) => row / 2));
});

const text = (ids: number[]): EncodedText => ({ ids, types: ids.map(() => 0) });

Deno.test("what a model cannot be fed is one sentence", async () => {
  assert.throws(() => textBatches(model, { texts: [text(Array(21).fill(1))] }), {
    name: "RangeError",
    message: /text 0 of 21 tokens: the model has 20 positions/,
  });
  assert.throws(() => textBatches(model, { texts: [text([1]), text([2, 500])] }), {
    message: /token 500 of text 1: the model's table has 500 rows, so tokens are 0 to 499/,
  });
  assert.throws(() => textBatches(model, { texts: [text([-1])] }), /token -1/);
  assert.throws(() => textBatches(model, { texts: [text([1])], labels: [2], classes: 2 }), {
    message: /text 0 has the label 2, expected a class from 0 to 1/,
  });
  assert.throws(
    () => textBatches(model, { texts: [text([1])], labels: [undefined] }),
    /label undefined, expected a number/,
  );
  assert.throws(() => textBatches(model, { texts: [text([1])], labels: [] }), /1 texts and 0 labels/);
  assert.throws(
    () => textBatches(model, { texts: [text([1, 2])] }, { padTo: 1 }),
    /up to 1 tokens: the longest has 2/,
  );
  assert.throws(() => textBatches(model, { texts: [] }), /from 0 texts/);
  const tokenizer = await tokenizerOf("WordPiece, uncased");
  assert.throws(() => encodeTexts(bert({ ...sizes, vocabulary: 100 }), tokenizer, []), {
    name: "TypeError",
    message:
      /it has \d+ tokens, the model's table 100 rows; take the tokenizer that the model was trained with/,
  });
  assert.throws(() => encodeTexts(model, tokenizer, [], 21), /in 21 tokens: the model has 20 positions/);
  const long = encodeTexts(model, tokenizer, [{ text: "the movie ".repeat(40) }]);
  assert.equal(long[0]!.ids.length, 20); // unasked, a text is cut to what fits
});

Deno.test("batches say how many texts were cut, and by default that is at 128 tokens", async () => {
  const tokenizer = await tokenizerOf("WordPiece, uncased");
  const wide = bert({ ...sizes, vocabulary: tokenizer.vocabulary, positions: 200 });
  // With a token at each end: 128, which fits, and 129 and 302, which do not.
  const examples = [126, 127, 300].map((words) => ({ text: "the ".repeat(words), label: 0 }));
  assert.deepEqual(encodeTexts(wide, tokenizer, examples).map(({ ids, cut }) => [ids.length, cut]), [
    [128, undefined],
    [128, 1],
    [128, 174],
  ]);
  const data = { examples, labels: ["no", "yes"] };
  assert.equal(taskBatches(wide, tokenizer, data).cut, 2);
  assert.equal(taskBatches(wide, tokenizer, data, { maxLength: 200 }).cut, 1);
  assert.equal(taskBatches(wide, tokenizer, { ...data, examples: examples.slice(0, 1) }).cut, 0);
  const pair = { text: "the ".repeat(50), pair: "the ".repeat(90) };
  assert.equal(encodeTexts(wide, tokenizer, [pair])[0]!.cut, 140 + 3 - 128);
});

Deno.test("a step that an epoch does not have is told by the steps that there are", () => {
  const source = textBatches(model, { texts: texts.slice(0, 40) });
  for (const step of [2, 10, -1]) {
    assert.throws(() => source.batch(0, step), {
      name: "RangeError",
      message: `Cannot give the batch of step ${step} of 2: expected an epoch, and a step from 0 to 1; ` +
        "batch(0, 0) is the first",
    });
    assert.throws(() => source.rows(0, step), RangeError);
  }
  assert.equal(source.rows(0, 1).length, 8);
});

Deno.test("what is no text is told with what was expected", async () => {
  const tokenizer = await tokenizerOf("WordPiece, uncased");
  const fitting = bert({ ...sizes, vocabulary: tokenizer.vocabulary });
  const predict = (examples: unknown) =>
    predictTexts(fitting, tokenizer, examples as Parameters<typeof predictTexts>[2]);
  const expected = "expected { text } or { text, pair }, of strings";
  for (
    const [examples, message] of [
      [["a text"], `Cannot encode text 0: ${expected}; found "a text"`],
      [[{ text: "a" }, { sentence: "b" }], `Cannot encode text 1: ${expected}; found {"sentence":"b"}`],
      [[{ text: "a", pair: 3 }], `Cannot encode text 0: ${expected}; found {"text":"a","pair":3}`],
      [[undefined], `Cannot encode text 0: ${expected}; found undefined`],
      ["a text", `Cannot encode texts: ${expected}, in a list; found "a text"`],
    ] as const
  ) {
    await assert.rejects(predict(examples), { name: "TypeError", message });
  }
  await assert.rejects(embedTexts(fitting, tokenizer, [{ text: "a" }] as unknown as string[]), {
    name: "TypeError",
    message: 'Cannot embed text 0: expected a string, found {"text":"a"}',
  });
});

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
