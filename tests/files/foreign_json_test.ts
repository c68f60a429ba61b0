/** Settings, notebooks and configurations of other programs: what is not as it should be is named, by file and field. */
import assert from "node:assert/strict";
import { sentenceEmbedder } from "../../lib/agents/embedders.ts";
import { readKernelspec } from "../../kernels/jupyter/kernelspec.ts";
import { readConnection } from "../../kernels/jupyter/protocol/connection.ts";
import { readNotebook } from "../../kernels/jupyter/runner/notebook.ts";
import { decoderFromFolder, optionsOfConfig } from "../../lib/lm/read/from_hugging_face.ts";
import { loadEncoder } from "../../lib/text/load_encoder.ts";
import { readTokenizerFiles } from "../../lib/text/tokenizer_files.ts";
import { keptOf } from "../../lib/transformer/kept.ts";
import { mlp, Model } from "../../mod.ts";
import { inFolder } from "../in_folder.ts";

const reading = (file: string, read: (folder: string) => unknown) => (json: string) =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/${file}`, json);
    await read(folder);
  });

const model = mlp({ sizes: [2, 2] });

/** Who reads JSON of others, and texts that are none of theirs, with what is said of them. */
const READERS: Record<string, [read: (json: string) => unknown, wrong: Record<string, RegExp>]> = {
  "a notebook": [reading("a.ipynb", (folder) => readNotebook(`${folder}/a.ipynb`)), {
    "[]": /a\.ipynb: it should be an object, found a list/,
    '{"nbformat":4,"cells":[{"cell_type":"code"}]}': /nbformat_minor is missing/,
  }],
  "a kernelspec": [reading("kernel.json", (folder) => readKernelspec(`${folder}/kernel.json`)), {
    '{"argv":"deno"}': /kernel\.json: argv should be a list, found string/,
    '{"argv":["a"]}': /display_name is missing/,
  }],
  "a connection file": [readConnection, { "[1]": /it should be an object/ }],
  "an encoder's config": [reading("config.json", (folder) => loadEncoder(folder)), {
    "7": /config\.json: it should be an object/,
  }],
  "an embedder's config": [
    reading("config.json", (folder) => {
      Deno.writeTextFileSync(`${folder}/vocab.txt`, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na");
      return sentenceEmbedder(folder);
    }),
    { '{"hidden_size":"64"}': /config\.json: hidden_size should be a whole number from 0, found string/ },
  ],
  "a decoder's config": [(json) => optionsOfConfig(JSON.parse(json)), {
    '{"model_type":"llama","vocab_size":-1}': /vocab_size should be a whole number from 0, found -1/,
    '{"model_type":"llama","vocab_size":9}': /hidden_size is missing/,
  }],
  "a decoder's folder": [reading("config.json", (folder) => decoderFromFolder(folder)), {
    '"llama"': /config\.json .*: it should be an object/,
  }],
  "a tokenizer": [reading("tokenizer.json", readTokenizerFiles), {
    "{}": /tokenizer\.json .*: model is missing/,
    '{"model":{"vocab":{"a":"0"}}}': /model\.vocab\.a should be a whole number from 0, found string/,
    '{"model":{"vocab":{}},"normalizer":{"type":"Replace"}}': /normalizer\.pattern is missing/,
    '{"model":{"vocab":[["a"]]}}': /model\.vocab\[0\] should be a token and its score/,
    '{"model":{"vocab":{}},"added_tokens":[{"id":1}]}': /added_tokens\[0\]\.content is missing/,
  }],
  "what is left of a transformer": [
    (json) => keptOf(new Model(model.graph, { ...model.info, metadata: { "espalier.transformer": json } })),
    { "{}": /it should be a list/, '[{"id":7}]': /\[0\]\.id should be a text, found 7/ },
  ],
};

for (const [what, [read, wrong]] of Object.entries(READERS)) {
  Deno.test(`${what} of another shape: the field is named`, async () => {
    for (const [json, why] of Object.entries({ ...wrong, "null": /it should be|expected/, "{": /JSON/ })) {
      // Which is given as a value, not as text.
      if (/^(null|\{)$/.test(json) && what === "a decoder's config") continue;
      await assert.rejects(async () => await read(json), (error: Error) => {
        assert.match(error.message, /^Cannot /);
        assert.match(error.message, why);
        assert.doesNotMatch(error.message, /reading '|not iterable|not a function/);
        return true;
      }, json);
    }
  });
}
