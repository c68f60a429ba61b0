import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { saveModel } from "../../lib/io/save_model.ts";
import { generate, generateText } from "../../lib/lm/generate.ts";
import { type LanguageModel, openLanguageModel } from "../../lib/lm/language_model.ts";
import { divergence, perplexity } from "../../lib/lm/perplexity.ts";
import { decoder } from "../../lib/nn/decoder.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { inFolder } from "../in_folder.ts";

/** Decoders with operators of ONNX Runtime's own; made by make_onnx_decoder_fixture.py. */
const folder = fileURLToPath(new URL("../fixtures/onnx_decoders", import.meta.url));
const expected: Record<string, { ids: number[]; logits: string; operators: string[] }> = JSON.parse(
  await Deno.readTextFile(`${folder}/expected.json`),
);
const floats = (base64: string) => new Float32Array(Uint8Array.fromBase64(base64).buffer);
const close = (own: Float32Array, other: Float32Array, within: number) => {
  assert.equal(own.length, other.length);
  own.forEach((value, i) => assert.ok(Math.abs(value - other[i]!) < within, `${i}: ${value}, ${other[i]}`));
};
const operatorsOf = ({ graph }: Model) =>
  new Set(graph.nodes.filter(({ domain }) => domain).map(({ domain, op }) => `${domain}:${op}`));

for (const [name, { ids, logits, operators }] of Object.entries(expected)) {
  Deno.test(`decoder that came as ONNX, ${name}: operators kept, logits of all tokens, steps, text`, async () => {
    await using model = await openLanguageModel(`${folder}/${name}`);
    assert.deepEqual(operatorsOf(model.graph), new Set(operators));
    assert.ok(operators.includes("com.microsoft:GroupQueryAttention"));
    const whole = await model.logits(ids);
    close(whole, floats(logits), 1e-4);
    const width = whole.length / ids.length;
    const steps = await model.steps();
    close(await steps.feed(ids.slice(0, 9)), whole.slice(8 * width, 9 * width), 1e-4);
    close(await steps.feed(ids.slice(9, 10)), whole.slice(9 * width, 10 * width), 1e-4);
    close(await steps.feed(ids.slice(10)), whole.slice(-width), 1e-4);
    assert.equal(steps.length, ids.length);
    let text = "";
    const pieces = generate(model, [{ role: "user", content: "the cat" }], { seed: 2, maxTokens: 12 });
    let end = await pieces.next();
    for (; !end.done; end = await pieces.next()) text += end.value;
    assert.equal(end.value.text, text);
    assert.equal(model.context, 128);
    const { perplexity: found } = await perplexity(model, [ids]);
    assert.ok(Math.abs(Math.log(found) - lossOf(whole, ids)) < 1e-4);
  });
}

/** Mean loss of all tokens but the first, by hand. */
function lossOf(logits: Float32Array, ids: readonly number[]): number {
  const width = logits.length / ids.length;
  const losses = ids.slice(1).map((id, i) => {
    const row = logits.subarray(i * width, (i + 1) * width);
    return Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - row[id]!;
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

Deno.test("decoder that came as ONNX: compared with another, by its file, with another's vocabulary", async () => {
  await using whole = await openLanguageModel(`${folder}/float/model.onnx`);
  await using rounded = await openLanguageModel(`${folder}/four_bits/model.onnx`, { context: 64 });
  const { ids } = expected.float!;
  const { divergence: away } = await divergence(rounded, whole, [ids]);
  assert.ok(away > 0.01 && away < 5, `${away}`);
  assert.notEqual(whole.digest(), rounded.digest());
  assert.equal(rounded.context, 64);
  await assert.rejects(rounded.logits(new Array(65).fill(1)), /context is 64; .* a larger context/);
  assert.throws(() => whole.weights, /^TypeError: Cannot take the weights of .*: it came as ONNX/);
  await assert.rejects(
    openLanguageModel(`${folder}/float`, { packed: true }),
    /^TypeError: Cannot pack .*model.onnx: it came as ONNX/,
  );
});

Deno.test("decoder that came as ONNX without a cache: the text is computed anew at each step", () =>
  inFolder(async (own) => {
    const sizes = { vocabulary: 48, context: 32, layers: 1, hidden: 16, heads: 2, neurons: 8 };
    await saveModel(decoder(sizes), `${own}/model.onnx`);
    const open = (): Promise<LanguageModel> =>
      openLanguageModel(`${own}/model.onnx`, { tokenizer: `${folder}/float`, context: 32 });
    await using model = await open();
    const ids = [3, 1, 4, 1, 5];
    const whole = await model.logits(ids);
    const steps = await model.steps();
    await steps.feed(ids.slice(0, 3));
    close(await steps.feed(ids.slice(3)), whole.slice(-48), 1e-5);
    assert.equal((await generateText(model, ids, { maxTokens: 4, loop: false })).ids.length, 4);
  }));

Deno.test("a graph that is no decoder, or takes what nobody gives it, is refused with a sentence", () =>
  inFolder(async (own) => {
    const path = `${own}/model.onnx`;
    const refused = async (model: Model, said: RegExp) => {
      await saveModel(model, path);
      await assert.rejects(openLanguageModel(path, { tokenizer: `${folder}/float` }), said);
    };
    await refused(
      mlp({ sizes: [2, 3] }),
      /^TypeError: .*: expected input_ids → logits, found input → logits$/,
    );
    const plain = decoder({ vocabulary: 48, context: 8, layers: 1, hidden: 4, heads: 2, neurons: 4 });
    const withInput = (name: string, shape: (string | number)[]) =>
      plain.withGraph({
        ...plain.graph,
        inputs: [...plain.graph.inputs, name],
        values: new Map([...plain.graph.values, [name, { type: "float32" as const, shape }]]),
      });
    await refused(
      withInput("pixel_values", [1, 3]),
      /^TypeError: .*: its input pixel_values is none of input_ids/,
    );
    await refused(withInput("past_key_values.0.key", [1, 2, 0, 4]), /expected an output present/);
    await saveModel(plain, path);
    await assert.rejects(
      openLanguageModel(path),
      /^TypeError: Cannot open .*model.onnx without a vocabulary, .*: give the option tokenizer$/,
    );
    const few = decoder({ vocabulary: 4800, context: 8, layers: 1, hidden: 4, heads: 2, neurons: 4 });
    await refused(
      few,
      /^TypeError: Cannot use the vocabulary of .*: it has \d+ tokens, the model 4800; take/,
    );
  }));
