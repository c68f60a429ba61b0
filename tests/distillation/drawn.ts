import type { AnswerExample } from "../../lib/distillation/answer_batches.ts";
import { type LanguageModel, languageModel } from "../../lib/lm/language_model.ts";
import type { DecoderWeights } from "../../lib/lm/read/weights.ts";
import { decoder } from "../../lib/nn/decoder.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import type { Vocabulary } from "../../lib/text/vocabulary/vocabulary.ts";

/** Tokens that there are. */
export const TOKENS = 12;
/** Sizes of the small decoder. */
export const options = { vocabulary: TOKENS, context: 16, layers: 2, hidden: 16, heads: 4, neurons: 24 };

/** Weights of a small decoder, with matrices large enough that it holds something for likelier. */
export function drawnWeights(seed: number, scale = 10): DecoderWeights {
  const tensors = Object.fromEntries(
    weightsOf(decoder({ ...options, seed })).map(({ name, role, tensor }) => {
      const numbers = tensor.data as Float32Array;
      const larger = role === "scale" ? 1 : scale;
      return [name, float32(numbers.map((value) => larger * value), tensor.dims)];
    }),
  );
  return { name: `drawn ${seed}`, family: "llama", options, tensors };
}

const vocabulary = {
  name: "made",
  size: TOKENS,
  begin: undefined,
  addBegin: false,
  end: new Set([0]),
  encode: (text: string) => [...text].map(Number),
  bytesOf: (id: number) => new TextEncoder().encode(`${id}`),
  spelling: (id: number) => `${id}`,
} as unknown as Vocabulary;

/** The weights as a model that answers. */
export const open = (weights: DecoderWeights): LanguageModel => languageModel(weights, { vocabulary });

/** Counts on from the last token of the prompt: prompts differ, what is learned is a rule. */
export const examples: AnswerExample[] = Array.from({ length: 8 }, (_, i) => ({
  prompt: [11, 1 + i % 4],
  answer: [2 + i % 4, 3 + i % 4, 4 + i % 4, 0].slice(i % 2),
}));
