import assert from "node:assert/strict";
import { bert, distilbert } from "../../lib/nn/bert.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import type { DataType } from "../../lib/tensor/tensor.ts";
import { encodeTexts, textBatches, type TextBatchOptions } from "../../lib/text/batches.ts";
import { taskBatches } from "../../lib/text/task_batches.ts";
import type { EncodedText } from "../../lib/text/tokenizer.ts";
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
  assert.throws(() => textBatches(model, { texts: [] }), /batches of no texts: expected one at least/);
  for (const batchSize of [0, 1.5, NaN]) {
    assert.throws(
      () => textBatches(model, { texts: [text([1])] }, { batchSize }),
      new RegExp(`batchSize ${batchSize}: expected a whole number from 1`),
    );
  }
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

/** An encoder whose inputs are of a shape and of types, which gives back what it is fed. */
function encoderOf(shape: (number | string)[], ids: DataType, mask: DataType) {
  const g = new GraphBuilder("exported");
  g.output(g.cast(g.input("input_ids", ids, shape), "float32"), "ids");
  g.output(g.cast(g.input("attention_mask", mask, shape), "float32"), "mask");
  return g.model();
}

Deno.test("inputs are fed numbers of the type that they declare", async () => {
  const some = [text([3, 4, 5]), text([6])];
  for (
    const [ids, mask] of [["int32", "int32"], ["int64", "float32"], ["int32", "bool"], [
      "uint8",
      "float16",
    ]] as const
  ) {
    const model = encoderOf(["batch", "length"], ids, mask);
    const { inputs } = await textBatches(model, { texts: some }, { padding: 9 }).batch(0, 0);
    assert.deepEqual([inputs.input_ids!.type, inputs.attention_mask!.type], [ids, mask]);
    const found = await runModel(model, inputs);
    assert.deepEqual([...found.ids!.data], [6, 9, 9, 3, 4, 5]);
    assert.deepEqual([...found.mask!.data], [1, 0, 0, 1, 1, 1]);
  }
  const odd = encoderOf(["batch", "length"], "int64", "bfloat16");
  assert.throws(
    () => textBatches(odd, { texts: some }).batch(0, 0),
    /"attention_mask" of type bfloat16: expected/,
  );
});

Deno.test("a model of fixed sizes gets batches and texts of them, and what it does not take says what solves it", async () => {
  const model = encoderOf([2, 4], "int64", "int64");
  const some = [text([3, 4, 5]), text([6]), text([7, 8]), text([1, 2, 3, 4])];
  const source = textBatches(model, { texts: some });
  assert.equal(source.stepsPerEpoch, 2);
  for (const step of [0, 1]) await runModel(model, (await source.batch(0, step)).inputs);
  const refused = (options: TextBatchOptions, message: RegExp, texts = some) =>
    assert.throws(() => textBatches(model, { texts }, options), message);
  refused({ batchSize: 4 }, /batches of 4 texts: the model takes 2 at a time, .*leave batchSize out/);
  refused({ padTo: 6 }, /up to 6 tokens: the model takes texts of 4, .*leave padTo out/);
  refused({}, /batches of 3 texts: .* and 1 would be left over; give a multiple of 2/, some.slice(1));
  refused({}, /text 1 of 5 tokens: the model has 4 positions/, [some[0]!, text([1, 2, 3, 4, 5])]);
  const tokenizer = await tokenizerOf("WordPiece, uncased");
  const [long] = encodeTexts(model, tokenizer, [{ text: "the movie ".repeat(40) }]);
  assert.equal(long!.ids.length, 4);
});

Deno.test("a span that is none of its text's tokens is refused", () => {
  const two = texts.slice(0, 2); // of 1 and 8 tokens
  const batches = (...spans: [number, number][]) => textBatches(model, { texts: two, spans });
  assert.equal(batches([0, 0], [3, 7]).stepsPerEpoch, 1);
  for (const span of [[3, 8], [4, 3], [-1, 2], [0, 0.5], [0, NaN]] as [number, number][]) {
    assert.throws(
      () => batches([0, 0], span),
      /^RangeError: Cannot make batches: text 1 has the span \[.*\], expected .* of 0 to 7$/,
    );
  }
  assert.throws(() => batches([0, 0]), /2 texts and 1 spans: expected as many/);
});
