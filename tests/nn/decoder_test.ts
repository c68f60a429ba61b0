import assert from "node:assert/strict";
import { optionsOfConfig } from "../../lib/lm/read/from_hugging_face.ts";
import { readDecoder, stepGraph, wholeGraph } from "../../lib/lm/read/load_decoder.ts";
import type { DecoderWeights } from "../../lib/lm/read/weights.ts";
import { decoderCarry, decoderStep } from "../../lib/nn/decoder.ts";
import { loadWeights } from "../../lib/nn/load_weights.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { int64, Tensor } from "../../lib/tensor/tensor.ts";
import { dataFile } from "../data.ts";
import { cases, type DecoderCase, floats } from "../lm/decoder_cases.ts";

const weightsOf = ({ config, weights }: DecoderCase): DecoderWeights => ({
  name: "fixture",
  family: "llama",
  options: optionsOfConfig(config),
  tensors: Object.fromEntries(
    Object.entries(weights).map((
      [name, { dims, data }],
    ) => [name, new Tensor("float32", floats(data), dims)]),
  ),
});

/** The largest difference, relative to the largest number. */
function apart(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  let [most, size] = [0, 0];
  a.forEach((value, i) => {
    most = Math.max(most, Math.abs(value - b[i]!));
    size = Math.max(size, Math.abs(b[i]!));
  });
  return most / size;
}

for (const [name, fixture] of Object.entries(cases)) {
  Deno.test(`decoder: the logits of transformers, ${name}`, async () => {
    const model = wholeGraph(weightsOf(fixture));
    const { logits } = await runModel(model, { input_ids: int64(fixture.ids.flat(), [2, 40]) });
    assert.deepEqual(logits!.dims, [2, 40, 24]);
    const error = apart(logits!.data as Float32Array, floats(fixture.logits));
    assert.ok(error < 2e-5, `${error}`);
  });

  Deno.test(`decoder: steps of any lengths with carried keys and values are the whole graph, ${name}`, async () => {
    const weights = weightsOf(fixture);
    const { layers, keyValueHeads, headSize } = weights.options;
    const whole = floats(fixture.logits);
    await using runtime = await closing(openRuntime());
    const step = loadWeights(decoderStep({ ...weights.options, weights: "zeros" }), weights.tensors);
    const session = await runtime.session(step, { carry: decoderCarry(layers) });
    await session.setState(Object.fromEntries(
      Object.keys(decoderCarry(layers)).map((input) => [
        input,
        new Tensor("float32", new Float32Array(0), [1, keyValueHeads!, 0, headSize!]),
      ]),
    ));
    let done = 0;
    for (const length of [7, 1, 1, 12, 1]) {
      const ids = fixture.ids[0]!.slice(done, done += length);
      const { logits } = await session.run({ input_ids: int64(ids, [1, length]) });
      assert.deepEqual(logits!.dims, [1, 24]);
      const error = apart(logits!.data as Float32Array, whole.subarray((done - 1) * 24, done * 24));
      assert.ok(error < 1e-4, `after ${done}: ${error}`);
    }
    await session.release();
  });
}

Deno.test("decoder: steps that give new keys and values alone, which are put behind the others, are the whole graph", async () => {
  for (const [name, fixture] of Object.entries(cases)) {
    const weights = weightsOf(fixture);
    const { layers, keyValueHeads, headSize } = weights.options;
    const whole = floats(fixture.logits);
    await using runtime = await closing(openRuntime());
    const session = await runtime.session(stepGraph(weights));
    const past: Record<string, number[]> = Object.fromEntries(
      Object.keys(decoderCarry(layers)).map((input) => [input, []]),
    );
    let done = 0;
    for (const length of [7, 1, 1, 12, 1]) {
      const ids = fixture.ids[0]!.slice(done, done + length);
      const { logits, ...presents } = await session.run({
        input_ids: int64(ids, [1, length]),
        ...Object.fromEntries(
          Object.entries(past).map(([input, numbers]) => [
            input,
            new Tensor("float32", Float32Array.from(numbers), [1, done, keyValueHeads!, headSize!]),
          ]),
        ),
      });
      done += length;
      for (const [input, output] of Object.entries(decoderCarry(layers))) {
        assert.deepEqual(presents[output]!.dims, [1, length, keyValueHeads, headSize]);
        past[input]!.push(...presents[output]!.data as Float32Array);
      }
      const error = apart(logits!.data as Float32Array, whole.subarray((done - 1) * 24, done * 24));
      assert.ok(error < 1e-4, `${name}, after ${done}: ${error}`);
    }
    await session.release();
  }
});

/** A runtime that closes with its block. */
async function closing<T extends { close(): Promise<void> }>(
  opening: Promise<T>,
): Promise<T & AsyncDisposable> {
  const runtime = await opening;
  return Object.assign(runtime, { [Symbol.asyncDispose]: () => runtime.close() });
}

const [bin, gguf, golden] = ["stories260K.bin", "stories260K-f32.gguf", "testvectors/stories260K_golden.json"]
  .map((path) => dataFile(`lm/${path}`));

Deno.test({
  name: "decoder: golden logits and text of stories260K, from llama2.c and from GGUF",
  ignore: !bin || !gguf || !golden,
  async fn() {
    const expected = JSON.parse(await Deno.readTextFile(golden!));
    const ids: number[] = expected.greedy;
    for (const path of [bin!, gguf!]) {
      const weights = await readDecoder(path);
      const model = wholeGraph(weights);
      const { logits } = await runModel(model, { input_ids: int64(ids, [1, ids.length]) });
      const rows = Array.from(ids, (_, i) => (logits!.data as Float32Array).subarray(i * 512, (i + 1) * 512));
      const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 2e-4, `${path}: ${a} for ${b}`);
      expected.logits_pos0_first8.forEach((value: number, i: number) => near(rows[0]![i]!, value));
      expected.logits_pos19_first8.forEach((value: number, i: number) => near(rows[19]![i]!, value));
      expected.logsumexp.forEach((value: number, i: number) => {
        if (rows[i]) near(Math.log(rows[i].reduce((sum, logit) => sum + Math.exp(logit), 0)), value);
      });
      ids.slice(1).forEach((id, i) =>
        assert.equal(rows[i]!.indexOf(Math.max(...rows[i]!)), id, `token ${i}`)
      );
    }
  },
});
