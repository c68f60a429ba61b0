import assert from "node:assert/strict";
import { llamaServer } from "../../lib/chat/llama_server.ts";
import { openGguf } from "../../lib/formats/gguf/open_gguf.ts";
import { ggmlFormats } from "../../lib/compress/allocation/formats.ts";
import { generateText } from "../../lib/lm/generate.ts";
import { importanceOf } from "../../lib/lm/importance.ts";
import { openLanguageModel } from "../../lib/lm/language_model.ts";
import { perplexity } from "../../lib/lm/perplexity.ts";
import { readDecoder } from "../../lib/lm/read/load_decoder.ts";
import { pairsApart, pairsTogether } from "../../lib/lm/read/weights.ts";
import { type MixName, typeInMix } from "../../lib/lm/write/mix.ts";
import { writeLanguageModel } from "../../lib/lm/write/write_language_model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { counted } from "../compress/counted_runtime.ts";
import { dataFile } from "../data.ts";
import { openStories, STORIES } from "./stories.ts";

const ignore = !STORIES;
const samples = dataFile("lm/stories260K_samples.json");

Deno.test({
  name: "importance: where a run is ended, its session is released",
  ignore,
  async fn() {
    const { runtime, count } = await counted();
    try {
      await using model = await openStories();
      const signal = AbortSignal.abort(new Error("enough"));
      await assert.rejects(importanceOf(model, [[1, 5, 9]], { runtime, signal }), /enough/);
      assert.deepEqual([count.sessions, count.open], [1, 0]);
    } finally {
      await runtime.close();
    }
  },
});

Deno.test("a name of another kind of file, and arguments in another order, are refused", async () => {
  const weights = { tensors: {} } as never;
  await assert.rejects(
    writeLanguageModel("x.onnx", weights),
    /^RangeError: Cannot write x.onnx: .* saveCompressed$/,
  );
  await assert.rejects(
    writeLanguageModel(weights, "x.gguf" as never),
    /^TypeError: Cannot write .*: expected the path/,
  );
  assert.throws(
    () => ggmlFormats(["FOO" as never]),
    /^RangeError: Cannot allocate "FOO": expected types of /,
  );
});

Deno.test("mix: what a type does not divide falls back, and there is no mix of any name", () => {
  const matrix = { role: "up" as const, row: 576, layer: 0, layers: 30, groups: 3 };
  assert.equal(typeInMix("Q2_K", matrix), "Q4_0");
  assert.equal(typeInMix("Q4_K_M", matrix), "Q5_0");
  assert.equal(typeInMix("Q8_0", { ...matrix, row: 172 }), "F16");
  assert.equal(typeInMix("Q4_K_M", { ...matrix, role: "output", row: 512 }), "Q6_K");
  assert.throws(() => typeInMix("Q9" as MixName, matrix), /mix Q9: expected one of Q2_K, Q3_K_M/);
  assert.throws(
    () => typeInMix("IQ1_S" as MixName, matrix), // 256 weights a block: it must not become F16
    (error: Error) =>
      /mix IQ1_S: .* written: F32, .*IQ4_NL.*$/.test(error.message) && !/IQ4_XS/.test(error.message),
  );
});

Deno.test("mix: tokens are no ternary numbers, and values of 80 layers that are shared have more bits", () => {
  const matrix = { role: "embedding" as const, row: 2048, layer: 0, layers: 80, groups: 8 };
  for (const ternary of ["TQ1_0", "TQ2_0"] as const) {
    assert.equal(typeInMix(ternary, matrix), "Q4_K");
    assert.equal(typeInMix(ternary, { ...matrix, row: 2080 }), "Q5_0");
    for (const role of ["value", "up"] as const) {
      assert.equal(typeInMix(ternary, { ...matrix, role }), ternary);
      assert.equal(typeInMix(ternary, { ...matrix, role, row: 2080 }), "Q4_0");
    }
    assert.equal(typeInMix(ternary, { ...matrix, role: "output" }), "Q6_K");
  }
  const valueIn = (mix: MixName, change = {}) =>
    typeInMix(mix, { ...matrix, role: "value", layer: 13, ...change });
  for (const mix of ["Q2_K", "Q3_K_M", "Q4_K_M"] as const) {
    assert.equal(valueIn(mix), "Q5_K");
    for (const other of [{ groups: 1 }, { layers: 32, layer: 5 }]) {
      assert.notEqual(valueIn(mix, other), "Q5_K");
    }
  }
  assert.deepEqual([valueIn("Q4_K_M", { layer: 0 }), valueIn("Q4_K")], ["Q6_K", "Q4_K"]);
});

Deno.test("rotated pairs: together and apart undo each other, row 2j + h to h·half + j", () => {
  const rows = float32(Float32Array.from({ length: 24 }, (_, i) => i), [12, 2]);
  assert.deepEqual(
    [...pairsApart(rows, 6).data as Float32Array].filter((_, i) => i % 2 === 0).map((x) => x / 2),
    [
      0,
      2,
      4,
      1,
      3,
      5,
      6,
      8,
      10,
      7,
      9,
      11,
    ],
  );
  assert.deepEqual(pairsTogether(pairsApart(rows, 6), 6).data, rows.data);
});

/** Runs with a folder that is gone afterwards. */
async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "written in float32 and read again: the same weights and vocabulary; in other types, their sizes",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const weights = await readDecoder(STORIES!);
      const path = `${folder}/again.gguf`;
      const { bitsPerWeight } = await writeLanguageModel(path, weights, { mix: "F32" });
      assert.equal(bitsPerWeight, 32);
      const again = await readDecoder(path);
      assert.deepEqual(again.options, weights.options);
      assert.deepEqual(again.tensors, weights.tensors);
      const [own, other] = [await openGguf(path), await openGguf(STORIES!)];
      for (const [key, value] of other.metadata) {
        if (key.startsWith("tokenizer.")) assert.deepEqual(own.metadata.get(key), value);
      }
      const eight = await writeLanguageModel(path, weights, { mix: "Q8_0" });
      const file = await openGguf(path);
      const reference = await openGguf(dataFile("lm/stories260K-q8_0.gguf")!);
      for (const [name, { type }] of reference.tensors) {
        assert.equal(file.tensors.get(name)!.type, type);
        assert.deepEqual(await file.blocks(name), await reference.blocks(name), name);
      }
      assert.ok(eight.bitsPerWeight > 8.5 && eight.bitsPerWeight < 12);
      await assert.rejects(
        writeLanguageModel(path, weights, { types: { "lm_head.weight": "F16" } }),
        /no such tensor/,
      );
      for (const type of ["IQ4_XS", "q4_0"]) { // only read; no type
        await assert.rejects(
          writeLanguageModel(path, weights, {
            types: { "model.layers.0.mlp.up_proj.weight": type as "F16" },
          }),
          /^TypeError: Cannot write model\.layers\.0\.mlp\.up_proj\.weight as (IQ4_XS|q4_0): expected one of F32, /,
        );
      }
      await assert.rejects(
        writeLanguageModel(path, weights, { types: { "model.layers.0.mlp.down_proj.weight": "Q8_0" } }),
        /down.weight.*as Q8_0: expected 1 to 4 axes, the last in whole blocks of 32/,
      );
      assert.ok((await openGguf(path)).tensors.size > 0, "the file from before is still there");
      assert.deepEqual([...Deno.readDirSync(folder)].length, 1);
    }),
});

Deno.test({
  name: "importance: the mean square of what each layer reads; with it 4 bits lose less",
  ignore: ignore || !samples,
  fn: () =>
    inFolder(async (folder) => {
      const { cal, ev } = JSON.parse(await Deno.readTextFile(samples!)) as Record<string, number[][]>;
      const weights = await readDecoder(STORIES!);
      await using model = await openStories();
      const importance = await importanceOf(model, cal!.slice(0, 16));
      assert.equal(Object.keys(importance).length, 35);
      // The first layer's inputs by hand: rows of the table, through the norm.
      const table = weights.tensors["model.embed_tokens.weight"]!.data as Float32Array;
      const gain = weights.tensors["model.layers.0.input_layernorm.weight"]!.data as Float32Array;
      const expected = new Float64Array(64);
      const tokens = cal!.slice(0, 16).flat();
      for (const id of tokens) {
        const row = table.subarray(64 * id, 64 * id + 64);
        const square = row.reduce((sum, value) => sum + value * value, 0) / 64 + 1e-5;
        row.forEach((value, i) => expected[i]! += (value * gain[i]!) ** 2 / square / tokens.length);
      }
      const found = importance["model.layers.0.self_attn.q_proj.weight"]!;
      expected.forEach((value, i) =>
        assert.ok(Math.abs(found[i]! - value) <= 1e-4 * value, `${found[i]} for ${value}`)
      );

      // Of a text: that of its tokens in windows of its own, the rest left out.
      const ids = model.vocabulary.encode("Once upon a time there was a little girl who liked to play.");
      const windows = [ids.slice(0, 4), ids.slice(4, 8)];
      assert.ok(ids.length > 8);
      assert.deepEqual(
        await importanceOf(model, model.vocabulary.decode(ids), { window: 4, windows: 2 }),
        await importanceOf(model, windows),
      );
      await using packed = await openStories({ packed: true }, dataFile("lm/stories260K-q8_0.gguf")!);
      await assert.rejects(importanceOf(packed, windows), /left in their codes; open it without packed/);

      const loss = async (settings: Parameters<typeof writeLanguageModel>[2]) => {
        await writeLanguageModel(`${folder}/m.gguf`, weights, settings);
        await using model = await openLanguageModel(`${folder}/m.gguf`);
        return (await perplexity(model, ev!.slice(0, 32))).loss;
      };
      const [dense, four, weighted] = [
        await loss({ mix: "F32" }),
        await loss({ mix: "Q4_0" }),
        await loss({ mix: "Q4_0", importance }),
      ];
      assert.ok(dense < weighted && weighted < four, `${dense} ${weighted} ${four}`);
    }),
});

const python = Deno.env.get("ESPALIER_PYTHON") ?? "python3";
const installed = await new Deno.Command(python, {
  args: ["-c", "import xllamacpp"],
  stdout: "null",
  stderr: "null",
})
  .output().then(({ success }) => success, () => false);

Deno.test({
  name: "llama.cpp opens what is written, and says the same",
  ignore: ignore || !installed,
  fn: () =>
    inFolder(async (folder) => {
      const weights = await readDecoder(STORIES!);
      for (const mix of ["F32", "F16", "Q8_0", "Q5_1", "IQ4_NL"] as const) {
        const path = `${folder}/${mix}.gguf`;
        await writeLanguageModel(path, weights, { mix });
        await using model = await openLanguageModel(path);
        const own = await generateText(model, "Once upon a time", { temperature: 0, maxTokens: 16 });
        await using server = (await llamaServer(path, { python, contextTokens: 128 }))!;
        const response = await fetch(`${server.endpoint.baseURL}/completions`, {
          method: "POST",
          body: JSON.stringify({
            prompt: "Once upon a time",
            temperature: 0,
            max_tokens: 16,
            cache_prompt: false,
          }),
        });
        assert.equal((await response.json()).choices[0].text, own.text, mix);
      }
    }),
});
