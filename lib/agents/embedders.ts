import { count, fields, parseShape } from "../files/schema.ts";
import { readText } from "../files/read_file.ts";
import { requireOptions } from "../options.ts";
import { loadEncoder } from "../text/load_encoder.ts";
import { predictTexts } from "../text/predict.ts";
import { loadTokenizer } from "../text/tokenizer.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { float32, numbersOf, type Tensor } from "../tensor/tensor.ts";
import { hashedNgrams } from "./hashed_ngrams.ts";

/** Turns texts, roles and questions, into vectors of unit length that a network reads. */
export interface TextEmbedder {
  /**
   * Name of the embedder in words, for figures: networks trained with one embedder are of no use with
   * another.
   */
  readonly name: string;
  /** Values of a vector. */
  readonly values: number;
  /** One vector for each text. */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
}

/** Embeds by {@linkcode hashedNgrams}: without any model, and without knowing what words mean. */
export function ngramEmbedder(values = 384): TextEmbedder {
  return {
    name: `hashed n-grams, ${values} values`,
    values,
    embed: (texts) => Promise.resolve(texts.map((text) => hashedNgrams(text, { values }))),
  };
}

/** Settings of {@linkcode sentenceEmbedder}. */
export interface SentenceEmbedderOptions {
  /** Tokens that longer texts are cut to. Default 256, as sentence-transformers has it for MiniLM. */
  maxLength?: number | undefined;
  /** The engine that computes. Default: the best one there is, opened for each call. */
  runtime?: Runtime | undefined;
}

const CONFIG = fields({ hidden_size: count });

/**
 * Embeds by a BERT encoder from a folder, such as `packagedModel("all-minilm-l6-v2")` names: the mean of its
 * last layer over all tokens that are no padding, brought to unit length (Reimers and Gurevych,
 * "Sentence-BERT", 2019).
 *
 * @throws Error where the folder lacks a file; TypeError where the encoder is of another architecture
 */
export async function sentenceEmbedder(
  folder: string,
  settings: SentenceEmbedderOptions = {},
): Promise<TextEmbedder> {
  requireOptions("sentenceEmbedder", settings, { maxLength: true, runtime: true });
  const { maxLength = 256, runtime } = settings;
  const tokenizer = await loadTokenizer(folder);
  const config = parseShape<{ hidden_size: number }>(
    await readText(`${folder}/config.json`),
    CONFIG,
    `read ${folder}/config.json`,
  );
  const values = config.hidden_size;
  const { model } = await loadEncoder(folder, { classes: values, pooling: "mean" });
  // The head gives as many numbers as the mean has, and leaves them as they are.
  const identity = new Float32Array(values * values);
  for (let i = 0; i < values; i++) identity[i * (values + 1)] = 1;
  const initializers = new Map(model.graph.initializers)
    .set("classifier.weight", float32(identity, [values, values]))
    .set("classifier.bias", float32(new Float32Array(values)));
  const encoder = model.withGraph({ ...model.graph, initializers });
  return {
    name: `${folder.split("/").at(-1)}, the mean over ${maxLength} tokens at most`,
    values,
    async embed(texts) {
      const examples = texts.map((text) => ({ text }));
      const options = { maxLength, runtime };
      return rowsOf(await predictTexts(encoder, tokenizer, examples, options)).map((row) => {
        const norm = Math.hypot(...row);
        return row.map((value) => value / norm);
      });
    },
  };
}

function rowsOf(tensor: Tensor): Float32Array[] {
  const [count, values] = tensor.dims as [number, number];
  const numbers = Float32Array.from(numbersOf(tensor));
  return Array.from({ length: count }, (_, i) => numbers.slice(i * values, (i + 1) * values));
}
