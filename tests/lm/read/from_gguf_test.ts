import assert from "node:assert/strict";
import type { GgufValue } from "../../../lib/formats/gguf/values.ts";
import { readDecoder } from "../../../lib/lm/read/load_decoder.ts";
import { writeLanguageModel } from "../../../lib/lm/write/write_language_model.ts";
import { inFolder } from "../../in_folder.ts";
import { decoderGguf } from "../decoder_gguf.ts";

const text = (value: string): GgufValue => ({ type: "string", value });
const real = (value: number): GgufValue => ({ type: "float32", value });
const whole = (value: number): GgufValue => ({ type: "uint32", value });

/** Divisors of the frequencies that a file comes to. */
const factorsOf = async (said: Record<string, GgufValue>, freqs: number[] = []) =>
  (await readDecoder(await decoderGguf({}, said, freqs))).options.ropeFactors;

Deno.test("positions are scaled as llama.cpp reads a file: by a factor, divisors, both or neither", async () => {
  const [type, factor, older] = ["rope.scaling.type", "rope.scaling.factor", "rope.scale_linear"];
  const cases: [said: Record<string, GgufValue>, freqs: number[], expected: number[] | undefined][] = [
    [{}, [], undefined],
    [{ [type]: text("linear"), [factor]: real(4) }, [], [4, 4]],
    [{ [factor]: real(4) }, [], [4, 4]], // a file without a rule means this one
    [{ [older]: real(8) }, [], [8, 8]],
    [{ [type]: text("none"), [factor]: real(4) }, [], undefined],
    [{}, [1, 3], [1, 3]],
    [{ [type]: text("linear"), [factor]: real(4) }, [1, 3], [4, 12]],
    [{ [factor]: real(0) }, [1, 3], [1, 3]],
  ];
  for (const [said, freqs, expected] of cases) {
    assert.deepEqual(await factorsOf(said, freqs), expected, JSON.stringify(said));
  }
  for (const freqs of [[], [1, 3]]) {
    await assert.rejects(
      factorsOf({ [type]: text("yarn"), [factor]: real(4) }, freqs),
      /found yarn and 4; ask/,
    );
    await assert.rejects(factorsOf({ [type]: text("linear") }, freqs), /found linear and no factor/);
    await assert.rejects(factorsOf({ [type]: text("linear"), [factor]: real(-2) }, freqs), /linear and -2/);
  }
});

Deno.test("a file that says that the model computes otherwise than what is built is refused", async () => {
  const read = async (said: Record<string, GgufValue>) => await readDecoder(await decoderGguf({}, said));
  const refused: [key: string, value: GgufValue, shown: string][] = [
    ["attention.sliding_window", whole(8), "8"],
    ["attention.value_length", whole(2), "2"],
    ["attention.causal", { type: "bool", value: false }, "false"],
    ["attention.scale", real(1), "1"],
    ["rope.scaling.attn_factor", real(1.5), "1.5"],
    ["logit_scale", real(2), "2"],
    ["expert_count", whole(8), "8"],
  ];
  for (const [key, value, shown] of refused) {
    await assert.rejects(
      read({ [key]: value }),
      (error: Error) => error.message.includes(`found llama.${key} ${shown}, as which`),
      key,
    );
  }
  const perLayer: GgufValue = { type: "array", of: "uint32", value: Uint32Array.of(1) };
  await assert.rejects(
    read({ "rope.freq_base": perLayer }),
    /expected one number at llama.rope.freq_base, for all layers, found "?array/,
  );
  const said = {
    "attention.sliding_window": whole(16),
    "attention.value_length": whole(4),
    "attention.causal": { type: "bool", value: true } as const,
    "attention.scale": real(0.5),
    "rope.scaling.attn_factor": real(1),
    logit_scale: real(1),
    expert_count: whole(0),
  };
  assert.deepEqual((await read(said)).options, (await read({})).options);
});

Deno.test("scaled positions are written in words that llama.cpp has for the family", () =>
  inFolder(async (folder) => {
    const weights = await readDecoder(await decoderGguf());
    const path = `${folder}/own.gguf`;
    const written = async (change: object) => {
      await writeLanguageModel(path, { ...weights, ...change }, { mix: "F32" });
      return await readDecoder(path);
    };
    const linear = await written({});
    assert.deepEqual(linear.options.ropeFactors, [2, 2]);
    assert.equal(linear.metadata!.get("llama.rope.scaling.type")?.value, "linear");
    const own = await written({ options: { ...weights.options, ropeFactors: [1, 3] } });
    assert.deepEqual(own.options.ropeFactors, [1, 3]);
    await assert.rejects(
      written({ family: "qwen2", options: { ...weights.options, ropeFactors: [1, 3] } }),
      /GGUF files of Qwen2 have one factor for all pairs of a head, and its own differ \(1 to 3\)/,
    );
  }));
