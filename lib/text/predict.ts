import { TypeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import type { Model } from "../onnx/model.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import { float32Of } from "../tensor/arrays.ts";
import { brief, encodeTexts } from "./batches.ts";
import { encoderInputs } from "./encoder_inputs.ts";
import { RUN_TEXTS_OPTIONS, runTexts, type RunTextsOptions } from "./run_texts.ts";
import type { TextExample } from "./text_set.ts";
import type { EncodedText, TextTokenizer } from "./tokenizer.ts";

/** Settings of {@linkcode predictTexts}. */
export interface PredictTextsOptions extends RunTextsOptions {
  /** Tokens that longer texts are cut to. Default 128, or fewer where the model has fewer positions. */
  maxLength?: number | undefined;
}

/** Names of {@linkcode PredictTextsOptions}. */
const PREDICT_TEXTS_OPTIONS: OptionNames<PredictTextsOptions> = { ...RUN_TEXTS_OPTIONS, maxLength: true };

/**
 * Predictions of a model for texts, in their order: its first output, [texts, classes] of a classifier. Texts
 * of like lengths are run together.
 *
 * @throws {TypeError} where the tokenizer does not fit the model, an example is no `{ text }` or
 * `{ text, pair }`, or the output is not one row per text
 */
export async function predictTexts(
  model: Model,
  tokenizer: TextTokenizer,
  examples: readonly Pick<TextExample, "text" | "pair">[],
  settings: PredictTextsOptions = {},
): Promise<Tensor> {
  requireOptions("predictTexts", settings, PREDICT_TEXTS_OPTIONS);
  const { maxLength, ...options } = settings;
  const texts = encodeTexts(model, tokenizer, examples, maxLength);
  return await rowPerText(model, { texts, padding: tokenizer.padding }, (output) => output, options);
}

/** Settings of {@linkcode embedTexts}. */
export interface EmbedTextsOptions extends RunTextsOptions {
  /** Tokens that longer texts are cut to. Default 256, or fewer where the model has fewer positions. */
  maxLength?: number | undefined;
}

/** Names of {@linkcode EmbedTextsOptions}. */
const EMBED_TEXTS_OPTIONS: OptionNames<EmbedTextsOptions> = { ...RUN_TEXTS_OPTIONS, maxLength: true };

/** Tokens that sentences are cut to where nobody says otherwise, as sentence-transformers cut them. */
const SENTENCE = 256;

/**
 * One vector of length 1 for each text, [texts, hidden]: the mean of the last hidden states over its tokens.
 * Texts of like meaning point in like directions where the encoder was trained for that, as all-MiniLM-L6-v2
 * was.
 *
 * @param model an encoder without a head, whose first output is [batch, length, hidden]
 * @throws {TypeError} where the tokenizer does not fit the model, a text is no string, or the output is no
 * hidden state
 */
export async function embedTexts(
  model: Model,
  tokenizer: TextTokenizer,
  texts: readonly string[],
  settings: EmbedTextsOptions = {},
): Promise<Tensor> {
  requireOptions("embedTexts", settings, EMBED_TEXTS_OPTIONS);
  const { maxLength, ...options } = settings;
  const { positions = SENTENCE } = encoderInputs(model);
  const length = maxLength ?? Math.min(SENTENCE, positions);
  const wrong = texts.findIndex((text) => typeof text !== "string");
  if (wrong >= 0) {
    throw new TypeError(`Cannot embed text ${wrong}: expected a string, found ${brief(texts[wrong])}`);
  }
  const encoded = encodeTexts(model, tokenizer, texts.map((text) => ({ text })), length);
  const pool = (states: Tensor, rows: Uint32Array): Tensor => {
    const [, longest, width] = states.dims;
    if (longest === undefined || width === undefined) {
      throw new TypeError(
        `Cannot embed texts with this model: its first output has the shape [${
          states.dims.join(", ")
        }]; expected ` +
          `[texts, length, hidden]: load the encoder with head "none"`,
      );
    }
    const vectors = new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      const own = vectors.subarray(i * width, (i + 1) * width);
      for (let t = 0; t < encoded[row]!.ids.length; t++) {
        for (let j = 0; j < width; j++) own[j]! += Number(states.data[(i * longest + t) * width + j]);
      }
      const length = Math.hypot(...own);
      own.forEach((value, j) => own[j] = value / length);
    });
    return float32(vectors, [rows.length, width]);
  };
  return await rowPerText(model, { texts: encoded, padding: tokenizer.padding }, pool, options);
}

/** Rows made of the first output, in the order of the texts. */
async function rowPerText(
  model: Model,
  { texts, padding }: { texts: readonly EncodedText[]; padding: number },
  make: (output: Tensor, rows: Uint32Array) => Tensor,
  options: RunTextsOptions,
): Promise<Tensor> {
  const [name] = model.graph.outputs;
  const found: { all?: Float32Array; width: number } = { width: 0 };
  await runTexts(model, { texts, padding }, (outputs, rows) => {
    const output = make(outputs[name!]!, rows);
    const { dims } = output;
    if (dims.length !== 2 || dims[0] !== rows.length) {
      throw new TypeError(
        `Cannot predict with this model: its first output "${name}" has the shape [${
          dims.join(", ")
        }]; expected ` +
          `[texts, classes]`,
      );
    }
    const width = found.width = dims[1]!;
    found.all ??= new Float32Array(texts.length * width);
    const numbers = float32Of(output);
    rows.forEach((row, i) => {
      found.all!.set(numbers.subarray(i * width, (i + 1) * width), row * width);
    });
  }, options);
  return float32(found.all!, [texts.length, found.width]);
}
