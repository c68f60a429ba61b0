import assert from "node:assert/strict";
import { hasLlamaServer, llamaServer } from "../../lib/chat/llama_server.ts";
import { compressLanguageModel } from "../../lib/lm/compress_language_model.ts";
import { generateText } from "../../lib/lm/generate.ts";
import { openLanguageModel } from "../../lib/lm/language_model.ts";
import { writeCompressed, type WriteCompressedOptions } from "../../lib/lm/write/write_compressed.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { dataFile } from "../data.ts";
import { inFolder } from "../in_folder.ts";
import { openStories, STORIES } from "./stories.ts";

const samples = dataFile("lm/stories260K_samples.json");
const python = Deno.env.get("ESPALIER_PYTHON") ?? "python3";
const PROMPT = "Once upon a time, there was a little girl named";

/** A token that may come next, and the logarithm of its probability. */
interface Next {
  id: number;
  logprob: number;
}

/** What llama.cpp says of a file: how a text goes on greedily, and what may come next. */
async function askLlama(path: string): Promise<{ text: string; next: Next[] }> {
  await using server = (await llamaServer(path, { python, contextTokens: 128 }))!;
  const address = server.endpoint.baseURL.replace(/\/v1$/, "/completion");
  const ask = async (tokens: number) => {
    const body = { prompt: PROMPT, n_predict: tokens, temperature: 0, n_probs: 8, cache_prompt: false };
    return await (await fetch(address, { method: "POST", body: JSON.stringify(body) })).json();
  };
  const { completion_probabilities: [first] } = await ask(1);
  return { text: (await ask(16)).content, next: first.top_logprobs };
}

/** log p of every token after the prompt, and how the text goes on greedily. */
async function askHere(path: string): Promise<{ text: string; logprobs: number[] }> {
  await using model = await openLanguageModel(path);
  const ids = model.vocabulary.encode(PROMPT);
  const logits = (await model.logits(ids)).slice(-model.options.vocabulary);
  const sum = Math.log(logits.reduce((all, value) => all + Math.exp(value), 0));
  const { text } = await generateText(model, PROMPT, { temperature: 0, maxTokens: 16, loop: false });
  return { text, logprobs: Array.from(logits, (value) => value - sum) };
}

Deno.test({
  name: "llama.cpp runs a compressed file, and holds the same tokens likely with the same probabilities",
  ignore: !STORIES || !samples || !await hasLlamaServer({ python }),
  fn: () =>
    inFolder(async (folder) => {
      const { cal }: { cal: number[][] } = JSON.parse(await Deno.readTextFile(samples!));
      const runtime = await openRuntime();
      const sizes: Record<string, number> = {};
      try {
        await using model = await openStories({ runtime });
        const said: string[] = [];
        for (
          const [name, settings, write, within] of [
            ["dense", { method: "rtn", bits: 16 }, { mix: "F32" }, 0.01],
            ["sparsegpt", { method: "sparsegpt", sparsity: 0.5 }, { mix: "F16" }, 0.02],
            ["gptq", { method: "gptq", bits: 3 }, { mix: "F32" }, 0.01],
            // llama.cpp multiplies 4 and 8 bits with activations of 8.
            ["eight", { method: "gptq", bits: 4 }, { mix: "Q8_0" }, 0.3],
          ] as const satisfies readonly [string, object, WriteCompressedOptions, number][]
        ) {
          const free = settings.method === "rtn";
          const compressed = await compressLanguageModel(model, {
            ...settings,
            ...!free && { calibration: cal.slice(0, 16) },
            runtime,
          });
          const path = `${folder}/${name}.gguf`;
          await writeCompressed(path, compressed, write);
          await compressed.model.close();
          sizes[name] = (await Deno.stat(path)).size;
          const [theirs, ours] = [await askLlama(path), await askHere(path)];
          assert.equal(theirs.next.length, 8);
          for (const { id, logprob } of theirs.next) {
            assert.ok(
              Math.abs(logprob - ours.logprobs[id]!) < within,
              `${name}, token ${id}: ${logprob}, here ${ours.logprobs[id]}`,
            );
          }
          const [first] = theirs.next;
          assert.equal(first!.id, ours.logprobs.indexOf(Math.max(...ours.logprobs)), name);
          if (name !== "eight") assert.equal(theirs.text, ours.text, name);
          said.push(ours.text);
        }
        assert.ok(
          new Set(said).size > 1,
          "what was compressed says what the dense model says: nothing was tested",
        );
        assert.ok(
          sizes.eight! < 0.6 * sizes.gptq! && sizes.sparsegpt! < 0.6 * sizes.dense!,
          JSON.stringify(sizes),
        );
      } finally {
        await runtime.close();
      }
    }),
});

Deno.test({
  name: "a model whose manifest cannot be written beside it is not written either",
  ignore: !STORIES,
  fn: () =>
    inFolder(async (folder) => {
      await using model = await openStories();
      const path = `${folder}/small.gguf`;
      await Deno.mkdir(`${path}.manifest.json`);
      await assert.rejects(writeCompressed(path, { model }), /manifest\.json: it is a folder; name a file/);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["small.gguf.manifest.json"]);
    }),
});
