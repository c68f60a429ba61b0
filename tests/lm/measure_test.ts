import assert from "node:assert/strict";
import { calibrationOf } from "../../lib/lm/compress_language_model.ts";
import { scoreChoices } from "../../lib/lm/choices.ts";
import { klDivergence } from "../../lib/statistics/logits.ts";
import { divergence, perplexity } from "../../lib/lm/perplexity.ts";
import { dataFile } from "../data.ts";
import { openStories, STORIES } from "./stories.ts";

const samples = dataFile("lm/stories260K_samples.json");
const quantized = dataFile("lm/stories260K-q8_0.gguf");
const ignore = !STORIES || !samples || !quantized;
const rows = async (): Promise<number[][]> => JSON.parse(await Deno.readTextFile(samples!)).ev;

Deno.test({
  name: "perplexity: that of a float64 reference on the first 128 evaluation texts",
  ignore,
  async fn() {
    await using model = await openStories();
    const { perplexity: found, losses } = await perplexity(model, (await rows()).slice(0, 128));
    assert.equal(losses.length, 128);
    assert.equal(found.toFixed(3), "3.372");
  },
});

Deno.test({
  name: "perplexity: windows do not overlap, and a run that was ended goes on from its log",
  ignore,
  async fn() {
    const ids = (await rows()).slice(0, 5).flat();
    const folder = await Deno.makeTempDir();
    try {
      await using model = await openStories();
      const log = `${folder}/log.jsonl`;
      const whole = await perplexity(model, ids, { window: 100 });
      assert.deepEqual([ids.length, whole.losses.length, whole.tokens], [640, 6, 600]);
      const abort = new AbortController();
      let runs = 0;
      const counting = {
        ...model,
        graph: model.graph,
        logits: async (window: readonly number[]) => {
          if (++runs === 3) abort.abort(new Error("enough"));
          return await model.logits(window);
        },
      };
      await assert.rejects(perplexity(counting, ids, { window: 100, log, signal: abort.signal }), /enough/);
      assert.equal(runs, 3);
      assert.deepEqual(await perplexity(counting, ids, { window: 100, log }), whole);
      assert.equal(runs, 6);
      await using other = await openStories({}, quantized!);
      assert.notEqual((await perplexity(other, ids, { window: 100, log })).loss, whole.loss);
      await assert.rejects(perplexity(model, "too short", { window: 100 }), /at least one window of 100/);
      for (
        const corpus of [["a text", "another"], [[1, 2, "3"]], [[1, 2], "a text"], [1.5, 2], [
          1,
          2,
          undefined,
        ]]
      ) {
        await assert.rejects(
          perplexity(model, corpus as never, { window: 2 }),
          /^TypeError: Cannot measure on what is neither text nor tokens: expected a text/,
        );
      }
      await assert.rejects(
        perplexity(model, [ids.slice(0, 20)], { log: `${folder}/nowhere/log.jsonl` }),
        /^Error: Cannot keep what is measured: .* name a file in a folder that is there/,
      );
      for (const windows of [0, -1, 1.5, NaN]) {
        await assert.rejects(
          perplexity(model, [ids.slice(0, 20)], { windows }),
          /^RangeError: Cannot measure perplexity with windows \S+: expected a whole number from 1$/,
        );
      }
      await assert.rejects(
        perplexity(model, [ids.slice(0, 20)], { window: 10 }),
        /^TypeError: Cannot cut texts into windows of 10 tokens: .*leave out window/,
      );
      await assert.rejects(perplexity(model, [[1, 2, 600]]), /on token 600: expected 0 to 511$/);
      assert.throws(() => calibrationOf(model, [[1, 2, 600]]), /on token 600: expected 0 to 511$/);
      await assert.rejects(
        perplexity(model, ids, { window: 600 }),
        /with window 600: expected a whole number from 2 to 512/,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "divergence: nothing from itself, little from its 8-bit form; of rows by the definition",
  ignore,
  async fn() {
    const texts = (await rows()).slice(0, 4);
    await using model = await openStories();
    await using other = await openStories({}, quantized!);
    const self = await divergence(model, model, texts);
    assert.deepEqual([self.divergence < 1e-9, self.sameTop], [true, 1]);
    const eight = await divergence(other, model, texts);
    assert.ok(eight.divergence > 1e-7 && eight.divergence < 1e-2, `${eight.divergence}`);
    assert.ok(eight.sameTop > 0.97 && eight.sameTop <= 1);
    const [p, q] = [[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]];
    const expected = p.reduce((sum, value, i) => sum + value * Math.log(value / q[i]!), 0);
    const logs = (values: number[]) => Float32Array.from(values, (value) => Math.log(value) + 3);
    assert.ok(Math.abs(klDivergence(logs(p), logs(q)) - expected) < 1e-6);
  },
});

Deno.test({
  name: "choices: the log-likelihood of one token is its log-probability, of more the sum of them",
  ignore,
  async fn() {
    await using model = await openStories();
    const prompt = "Once upon a time, there was a little";
    const [girl, boy] = await scoreChoices(model, prompt, [" girl", " boy named Tom"]);
    assert.ok(girl!.logLikelihood > boy!.logLikelihood);
    // By steps with carried keys and values, a token at a time.
    const before = model.vocabulary.encode(prompt);
    const ids = model.vocabulary.encode(`${prompt} boy named Tom`);
    assert.deepEqual(ids.slice(0, before.length), before);
    const steps = await model.steps();
    let sum = 0;
    let logits = await steps.feed(before);
    for (const id of ids.slice(before.length)) {
      sum += logits[id]! - Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
      logits = await steps.feed([id]);
    }
    assert.ok(Math.abs(sum - boy!.logLikelihood) < 1e-3);
    assert.equal(boy!.tokens, ids.length - before.length);
    assert.ok(Math.abs(boy!.perByte - boy!.logLikelihood / 14) < 1e-12);
    await assert.rejects(scoreChoices(model, prompt, [""]), /none of them empty/);
  },
});
