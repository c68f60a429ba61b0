import assert from "node:assert/strict";
import { openGguf } from "../../lib/formats/gguf/open_gguf.ts";
import { openSafetensors } from "../../lib/formats/open_safetensors.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { languageModel } from "../../lib/lm/language_model.ts";
import { readDecoder } from "../../lib/lm/read/load_decoder.ts";
import { decoder } from "../../lib/nn/decoder.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { vocabularyFromLlama2c } from "../../lib/text/vocabulary/from_llama2c.ts";
import { dataFile } from "../data.ts";
import { inFolder } from "../in_folder.ts";

/** Beyond what 32 bits address: files with holes, which take no room. */
const HOLE = 4.5e9;

async function write(
  path: string,
  size: number,
  parts: readonly (readonly [at: number, bytes: Uint8Array])[],
) {
  using file = await Deno.open(path, { write: true, create: true });
  await file.truncate(size);
  for (const [at, bytes] of parts) {
    await file.seek(at, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  }
}

const bytesOf = (data: ArrayBufferView) =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);

Deno.test("a GGUF file of more than 4 GB: only the tensors that are asked for are read", () =>
  inFolder(async (folder) => {
    const path = `${folder}/large.gguf`;
    const fields: Uint8Array[] = [new TextEncoder().encode("GGUF")];
    const u32 = (value: number) => fields.push(bytesOf(Uint32Array.of(value)));
    const u64 = (value: number) => fields.push(bytesOf(BigUint64Array.of(BigInt(value))));
    u32(3);
    u64(2);
    u64(0);
    const many = Math.ceil(HOLE / 4 / 8) * 8;
    for (const [name, length, at] of [["hole", many, 0], ["last", 8, 4 * many]] as const) {
      u64(name.length);
      fields.push(new TextEncoder().encode(name));
      u32(1);
      u64(length);
      u32(0);
      u64(at);
    }
    const header = new Uint8Array(await new Blob(fields as Uint8Array<ArrayBuffer>[]).arrayBuffer());
    const base = Math.ceil(header.length / 32) * 32;
    const last = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    await write(path, base + 4 * many + 32, [[0, header], [base + 4 * many, bytesOf(last)]]);
    const file = await openGguf(path);
    assert.equal(file.tensors.get("hole")!.bytes, 4 * many);
    assert.deepEqual((await file.read("last")).data, last);
  }));

/** A safetensors file with a tensor of nothing before its own. */
async function writeWithHole(path: string, hole: string, tensors: Record<string, Tensor>): Promise<void> {
  const small = encodeSafetensors(tensors);
  const length = Number(new DataView(small.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(small.subarray(8, 8 + length)));
  const moved = { [hole]: { dtype: "F32", shape: [HOLE / 4], data_offsets: [0, HOLE] } } as typeof header;
  for (const [key, entry] of Object.entries(header as Record<string, { data_offsets: number[] }>)) {
    moved[key] = { ...entry, data_offsets: entry.data_offsets.map((at) => at + HOLE) };
  }
  const text = new TextEncoder().encode(JSON.stringify(moved));
  const begin = bytesOf(BigUint64Array.of(BigInt(text.length)));
  const body = small.subarray(8 + length);
  await write(path, 8 + text.length + HOLE + body.length, [[0, begin], [8, text], [
    8 + text.length + HOLE,
    body,
  ]]);
}

const CONFIG = {
  model_type: "llama",
  vocab_size: 24,
  hidden_size: 8,
  num_attention_heads: 2,
  num_hidden_layers: 1,
  intermediate_size: 12,
  max_position_embeddings: 16,
  rms_norm_eps: 1e-5,
};

Deno.test("a folder of more than 4 GB: tensor by tensor, half floats become float32", () =>
  inFolder(async (folder) => {
    const { graph } = decoder({
      ...{ vocabulary: 24, context: 16, layers: 1, hidden: 8, heads: 2, neurons: 12, seed: 3 },
    });
    const own = Object.fromEntries(
      [...graph.initializers].filter(([name]) => name.endsWith(".weight")),
    ) as Record<
      string,
      Tensor
    >;
    const halves = Object.fromEntries(
      Object.entries(own).map(([name, { data, dims }]) => [
        name,
        new Tensor("float16", new Uint16Array(Float16Array.from(data as Float32Array).buffer), dims),
      ]),
    );
    const path = `${folder}/model.safetensors`;
    await writeWithHole(path, "model.layers.0.self_attn.rotary_emb.inv_freq", halves);
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(CONFIG));
    const { tensors } = await readDecoder(folder);
    assert.deepEqual(Object.keys(tensors).sort(), Object.keys(own).sort());
    for (const [name, { type, data }] of Object.entries(tensors)) {
      assert.equal(type, "float32");
      assert.deepEqual(data, new Float32Array(Float16Array.from(own[name]!.data as Float32Array)), name);
    }
    const file = await openSafetensors(path);
    assert.equal(file.names.length, Object.keys(own).length + 1);
    await assert.rejects(
      file.read("other"),
      /^TypeError: Cannot read "other" of .*: there is no such tensor; it has/,
    );
  }));

Deno.test({
  name: "a llama2.c file with half a GB of what is computed here: the rest is read kind by kind",
  ignore: !dataFile("lm/stories260K.bin") || !dataFile("lm/tok512.bin"),
  fn: () =>
    inFolder(async (folder) => {
      const bytes = await Deno.readFile(dataFile("lm/stories260K.bin")!);
      const sizes = new Int32Array(bytes.slice(0, 28).buffer);
      const [hidden, , , heads, , , context] = sizes as unknown as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const rotations = 4 * hidden / heads;
      const more = 2 ** 24;
      const end = bytes.length - context * rotations; // tied: rotations are the last
      sizes[6] = more;
      const path = `${folder}/large.bin`;
      await write(path, end + more * rotations, [[0, bytesOf(sizes)], [28, bytes.subarray(28, end)]]);
      const weights = await readDecoder(path);
      const expected = await readDecoder(dataFile("lm/stories260K.bin")!);
      assert.deepEqual(weights.tensors, expected.tensors);
      assert.equal(weights.options.context, more);
      await using model = languageModel(weights, {
        vocabulary: await vocabularyFromLlama2c(dataFile("lm/tok512.bin")!),
      });
      assert.equal(model.context, 8192);
    }),
});
