import assert from "node:assert/strict";
import { generate, generateText } from "../../lib/lm/generate.ts";
import { openLanguageModel } from "../../lib/lm/language_model.ts";
import { dataFile } from "../data.ts";
import { counted } from "../compress/counted_runtime.ts";
import { openStories, STORIES } from "./stories.ts";

const ignore = !STORIES;
const golden = dataFile("lm/testvectors/stories260K_golden.json");
const [bin, tok] = ["stories260K.bin", "tok512.bin"].map((path) => dataFile(`lm/${path}`));

Deno.test({
  name: "generation: the golden text of stories260K, from GGUF and from llama2.c, in pieces as a whole",
  ignore: ignore || !golden || !bin || !tok,
  async fn() {
    const greedy: number[] = JSON.parse(await Deno.readTextFile(golden!)).greedy;
    for (const open of [() => openStories(), () => openLanguageModel(bin!, { tokenizer: tok! })]) {
      await using model = await open();
      const pieces = generate(model, [1], { temperature: 0, maxTokens: greedy.length - 1, loop: false });
      let text = "";
      let end = await pieces.next();
      for (; !end.done; end = await pieces.next()) text += end.value;
      assert.deepEqual([1, ...end.value.ids], greedy);
      assert.equal(end.value.text, text);
      assert.match(text, /^ ?Once upon a time, there was a little girl named Lily\./);
    }
  },
});

Deno.test({
  name: "generation: equal seeds and items give equal texts, in any order; others give others",
  ignore,
  async fn() {
    await using model = await openStories();
    const ask = async (seed: number, item: number, run: number) =>
      (await generateText(model, "Once upon", { seed, item: { item, run }, maxTokens: 20, temperature: 0.8 }))
        .text;
    const [a, b, c, d] = [await ask(1, 0, 0), await ask(1, 1, 0), await ask(1, 0, 1), await ask(2, 0, 0)];
    assert.equal(new Set([a, b, c, d]).size, 4);
    assert.deepEqual(await Promise.all([ask(2, 0, 0), ask(1, 0, 1), ask(1, 1, 0), ask(1, 0, 0)]), [
      d,
      c,
      b,
      a,
    ]);
  },
});

Deno.test({
  name: "generation: ends by a text, by length, by the context, by a loop and by a signal, and says which",
  ignore,
  async fn() {
    await using model = await openStories({ context: 96 });
    const greedy = { temperature: 0 };
    const whole = await generateText(model, "Once upon a time", { ...greedy, maxTokens: 40 });
    assert.equal(whole.stopReason, "length");
    assert.equal(whole.ids.length, 40);
    const at = whole.text.indexOf("named");
    assert.ok(at > 0);
    const stopped = await generateText(model, "Once upon a time", { ...greedy, stop: ["never", "named Li"] });
    assert.deepEqual([stopped.text, stopped.stopReason], [whole.text.slice(0, at), "stop"]);
    const full = await generateText(model, "Once upon a time", { ...greedy, loop: false });
    assert.deepEqual([full.stopReason, full.ids.length + full.promptTokens], ["length", 96]);
    // What was there becomes far likelier, so the text repeats itself.
    const loop = await generateText(model, "Once", { ...greedy, repetitionPenalty: 0.01 });
    assert.deepEqual([loop.stopReason, loop.ids.length], ["loop", 60]);
    const abort = new AbortController();
    const pieces = generate(model, "Once upon a time", { ...greedy, signal: abort.signal });
    const first = await pieces.next();
    abort.abort();
    const last = await pieces.next();
    assert.ok(last.done);
    assert.deepEqual([last.value.stopReason, last.value.text], ["aborted", first.value]);
  },
});

Deno.test({
  name: "generation: what cannot be asked is refused with a sentence",
  ignore: ignore || !bin,
  async fn() {
    await using model = await openStories({ context: 8 });
    await assert.rejects(generateText(model, "Once upon a time there was a little girl"), {
      name: "RangeError",
      message: /prompt of \d+ tokens: the context of .* is 8, answer included; shorten the prompt/,
    });
    await assert.rejects(generateText(model, [1, 600]), /token 600: expected 0 to 511/);
    await assert.rejects(
      generateText(model, "a", { maxTokens: 0 }),
      /Cannot generate with maxTokens 0: expected a whole number from 1/,
    );
    await assert.rejects(
      generateText(model, [{ role: "tool", content: "x" }]),
      /Cannot apply the chat template to turns of tool: no tools/,
    );
    await assert.rejects(
      openLanguageModel(bin!),
      /without a vocabulary, which its file lacks: give the option/,
    );
    await assert.rejects(
      openLanguageModel(bin!, { tokenizer: dataFile("lm/tokenizer32000.bin")! }),
      /it has 32000 tokens, the model 512; take the model's own/,
    );
    await assert.rejects(openStories({ template: "{% for %}" }), /Cannot read the chat template/);
    await assert.rejects(
      openStories({ context: 1000 }),
      /for 1000 tokens: expected a whole number from 1 to 512/,
    );
    for (const stop of ["x", [7]] as unknown as string[][]) {
      await assert.rejects(
        generateText(model, "Once", { stop }),
        /^TypeError: Cannot generate with stop .*: expected an array of texts/,
      );
    }
    await assert.rejects(
      generateText(model, "Once", { maxTokens: 1, loop: { repeats: 1 } }),
      /with repeats 1: expected a whole number from 2/,
    );
    const bare = await openLanguageModel(STORIES!);
    await assert.rejects(generateText(bare, [{ role: "user", content: "x" }]), /has no chat template/);
    await bare.close();
  },
});

Deno.test({
  name: "a model that was closed answers no more, and says so; neither does a text that was begun before",
  ignore,
  async fn() {
    const model = await openStories();
    const steps = await model.steps();
    await steps.feed([1]);
    await model.close();
    const closed = /^Error: Cannot run .*: it was closed; open it again/;
    await assert.rejects(generateText(model, "Once upon a time", { maxTokens: 2 }), closed);
    await assert.rejects(model.logits([1]), closed);
    await assert.rejects(steps.feed([2]), closed);
    await model.close(); // again
  },
});

Deno.test({
  name: "a model frees all its sessions where one of them fails, and says that one did",
  ignore,
  async fn() {
    const { runtime, count } = await counted();
    try {
      const failing: typeof runtime = {
        ...runtime,
        async session(...given) {
          const session = await runtime.session(...given);
          const release = async () => {
            await session.release();
            throw new Error("lost");
          };
          return { ...session, release };
        },
      };
      const model = await openStories({ runtime: failing });
      await model.logits([1, 5]);
      (await model.steps())[Symbol.dispose]();
      assert.equal(count.open, 2);
      await assert.rejects(model.close());
      assert.equal(count.open, 0);
    } finally {
      await runtime.close();
    }
  },
});

Deno.test({
  name: "a text that was disposed of goes no further, and others do",
  ignore,
  async fn() {
    await using model = await openStories();
    const [one, other] = [await model.steps(), await model.steps()];
    await one.feed([1, 5, 9]);
    const before = await other.feed([1, 5, 9]);
    one[Symbol.dispose]();
    one[Symbol.dispose](); // again
    await assert.rejects(one.feed([2]), /^Error: Cannot go on with a text of .* that was disposed of/);
    using third = await model.steps();
    assert.deepEqual(await third.feed([1, 5, 9]), before);
  },
});

Deno.test({
  name: "logits of a step stay what they are, whatever is fed next, also without waiting, or disposed of",
  ignore,
  async fn() {
    await using model = await openStories();
    const ids = [1, 5, 9, 30];
    const whole = await model.logits(ids);
    const width = model.options.vocabulary;
    const near = (found: Float32Array, place: number) => {
      assert.equal(found.length, width);
      found.forEach((value, i) =>
        assert.ok(Math.abs(value - whole[place * width + i]!) < 1e-3, `${place}, ${i}`)
      );
    };
    const steps = await model.steps();
    const kept: Float32Array[] = [];
    for (const id of ids) kept.push(await steps.feed([id]));
    kept.forEach(near);
    const other = await model.steps();
    const together = await Promise.all(ids.map((id) => other.feed([id])));
    together.forEach(near);
    const third = await model.steps();
    const last = third.feed(ids);
    third[Symbol.dispose]();
    near(await last, 3);
    await assert.rejects(third.feed([2]), /that was disposed of/);
  },
});

Deno.test({
  name: "a prompt of more tokens than a run takes at once gives what the whole text gives",
  ignore,
  async fn() {
    await using model = await openStories();
    const ids = Array.from({ length: 300 }, (_, i) => 3 + i * 37 % 500);
    const whole = await model.logits(ids);
    const steps = await model.steps();
    const last = await steps.feed(ids);
    assert.equal(steps.length, 300);
    last.forEach((value, i) => {
      const other = whole[whole.length - last.length + i]!;
      assert.ok(Math.abs(value - other) < 1e-3, `${i}: ${value} for ${other}`);
    });
    const next = await steps.feed([7]);
    const again = (await model.logits([...ids, 7])).slice(-next.length);
    next.forEach((value, i) => assert.ok(Math.abs(value - again[i]!) < 1e-3, `${i}`));
  },
});
