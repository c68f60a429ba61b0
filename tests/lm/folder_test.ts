import assert from "node:assert/strict";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { generateText } from "../../lib/lm/generate.ts";
import { openLanguageModel } from "../../lib/lm/language_model.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { optionsOfConfig } from "../../lib/lm/read/from_hugging_face.ts";
import { cases, floats } from "./decoder_cases.ts";

/** 24 tokens of bytes, one merge and one control token; a space is spelt Ġ. */
const LETTERS = [..."abcdefghijklmnopqrstuĠ"];
const TOKENIZER = {
  model: {
    type: "BPE",
    vocab: Object.fromEntries([...LETTERS, "Ġa"].map((token, id) => [token, id])),
    merges: ["Ġ a"],
  },
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  decoder: { type: "ByteLevel" },
  added_tokens: [{ id: 23, content: "<end>", special: true }],
};

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a folder of Hugging Face's: weights in one file or in parts, vocabulary and template", () =>
  inFolder(async (folder) => {
    const { config, ids, weights, logits } = cases["llama3"]!;
    const json = (name: string, value: unknown) =>
      Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(value));
    await json("config.json", config);
    await json("tokenizer.json", TOKENIZER);
    await json("tokenizer_config.json", {
      eos_token: "<end>",
      chat_template: "{% for message in messages %}{{ message.content }}{{ eos_token }}{% endfor %}",
    });
    const tensors = Object.entries(weights).map(([name, { dims, data }]) =>
      [name, new Tensor("float32", floats(data), dims)] as const
    );
    const check = async () => {
      await using model = await openLanguageModel(folder);
      const expected = floats(logits);
      const own = await model.logits(ids[0]!);
      own.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-4, `${i}: ${value}`));
      assert.deepEqual(model.vocabulary.encode("ab a"), [0, 1, 22]);
      assert.equal(model.vocabulary.decode([0, 1, 22, 23]), "ab a");
      assert.deepEqual([...model.vocabulary.end], [23]);
      const answer = await generateText(model, [{ role: "user", content: "ab a" }], {
        maxTokens: 3,
        seed: 1,
      });
      assert.equal(answer.promptTokens, 4); // the template's end token is one
    };
    await Deno.writeFile(`${folder}/model.safetensors`, encodeSafetensors(Object.fromEntries(tensors)));
    await check();
    await Deno.remove(`${folder}/model.safetensors`);
    const parts = [tensors.slice(0, 7), tensors.slice(7)];
    const place = (name: string) => `part-${parts[0]!.some(([own]) => own === name) ? 1 : 2}.safetensors`;
    await json("model.safetensors.index.json", {
      weight_map: Object.fromEntries(tensors.map(([name]) => [name, place(name)])),
    });
    for (const [i, part] of parts.entries()) {
      await Deno.writeFile(
        `${folder}/part-${i + 1}.safetensors`,
        encodeSafetensors(Object.fromEntries(part)),
      );
    }
    await check();
    // Templates by name, or in a file, and ends of answers beside that of texts.
    await json("generation_config.json", { eos_token_id: [23, 4] });
    await json("tokenizer_config.json", {
      eos_token: "<end>",
      chat_template: [{ name: "tools", template: "t" }, { name: "default", template: "d" }],
    });
    const written = async () => {
      await using model = await openLanguageModel(folder);
      assert.deepEqual([...model.vocabulary.end], [23, 4]);
      return model.template!([{ role: "user", content: "" }]);
    };
    assert.equal(await written(), "d");
    await Deno.writeTextFile(`${folder}/chat_template.jinja`, "j");
    assert.equal(await written(), "j");
    await json("config.json", { ...config, model_type: "mamba" });
    await assert.rejects(openLanguageModel(folder), /family mamba: expected llama or qwen2/);
    const odd = { rope_parameters: { rope_type: "yarn" } };
    await json("config.json", { ...config, ...odd });
    await assert.rejects(openLanguageModel(folder), /rope_type yarn: expected default, linear or llama3/);
  }));

Deno.test("a config that says that the model computes otherwise than what is built is refused", () => {
  const { config } = cases["llama3"]!;
  const rope = config.rope_parameters ?? config.rope_scaling;
  for (
    const [given, why] of [
      [{ hidden_act: "relu" }, /with hidden_act "relu": expected silu or swish/],
      [{ use_sliding_window: true, sliding_window: 8 }, /with use_sliding_window true: expected false/],
      [{ layer_types: ["full_attention", "sliding_attention"] }, /with layer_types "sliding_attention"/],
      [{ partial_rotary_factor: 0.5 }, /with partial_rotary_factor 0.5: expected 1/],
      [{ attention_bias: true }, /with attention_bias true: expected false/],
      [{ mlp_bias: true }, /with mlp_bias true: expected false/],
      [{ rope_parameters: { full_attention: rope } }, /with rotary positions of "full_attention" alone/],
      [{ rope_parameters: { type: "dynamic", factor: 2 } }, /with rope_type dynamic: .* run the model where/],
      [{ rope_parameters: { rope_type: "linear" } }, /with rope_type linear and factor nothing/],
      [
        { rope_parameters: { rope_type: "linear", factor: 0 } },
        /linear and factor 0: expected a number above/,
      ],
      [
        { rope_parameters: { ...rope, rope_type: "llama3", low_freq_factor: undefined } },
        /llama3 and low_freq/,
      ],
      [
        { rope_parameters: { ...rope, rope_type: "llama3", factor: undefined } },
        /llama3 and factor nothing/,
      ],
      [{ rope_parameters: { ...rope, partial_rotary_factor: 0.25 } }, /with partial_rotary_factor 0.25/],
    ] as const
  ) assert.throws(() => optionsOfConfig({ ...config, ...given } as typeof config), why);
  const qwen = { ...config, model_type: "qwen2", attention_bias: true };
  assert.equal(optionsOfConfig(qwen).biases, true);
  const said = {
    attention_bias: false,
    hidden_act: "silu",
    use_sliding_window: false,
    sliding_window: 8,
    layer_types: null,
  };
  assert.deepEqual(optionsOfConfig({ ...config, ...said }), optionsOfConfig(config));
});
