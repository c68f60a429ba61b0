import { loopPeriod } from "../../lm/loop.ts";
import { decoderCarry, type DecoderOptions, decoderStep } from "../../nn/decoder.ts";
import { loadWeights } from "../../nn/load_weights.ts";
import { argmax } from "../../statistics/logits.ts";
import { weightsOf } from "../../nn/weights.ts";
import { constantsToInitializers } from "../../onnx/passes/constants_to_initializers.ts";
import type { Model } from "../../onnx/model.ts";
import type { Runtime, Tensors } from "../../runtime/runtime.ts";
import { int64, Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import { END, type Item, type Question, QUESTIONS } from "./language.ts";

/** The most tokens of an answer: the longest right one has 13. */
export const MOST_TOKENS = 32;

/** When an answer counts as a loop: its last twelve tokens repeat a piece of at most six. */
const LOOP = { tokens: 12, period: 6, repeats: 2 };

/** How an answer ended: with its end token, in a loop, or because it had as many tokens as it may have. */
export type Ending = "closed" | "loop" | "length";

/** What a model answered to all items of a question. */
export interface Answers {
  /** The question. */
  question: Question;
  /** For each item 1 where the whole answer is the right one, else 0. */
  right: number[];
  /** For each item the tokens of the answer without its end. */
  tokens: number[];
  /** For each item how the answer ended. */
  endings: Ending[];
}

/**
 * Asks a decoder all items greedily, those with prompts of one length at once, and grades the answers: right
 * is what is right token by token, scratchpad included.
 */
export async function answersOf(
  model: Model,
  options: DecoderOptions,
  items: readonly Item[],
  runtime: Runtime,
): Promise<Answers[]> {
  const { initializers } = constantsToInitializers(model).graph;
  const step = decoderStep({ ...options, weights: "zeros" });
  const tensors = Object.fromEntries(
    weightsOf(step).map(({ name }) => [name, initializers.get(name) as Tensor]),
  );
  const session = await runtime.session(loadWeights(step, tensors));
  try {
    const answers: Answers[] = [];
    for (const question of QUESTIONS) {
      const own = items.filter((item) => item.question === question);
      if (own.length === 0) continue;
      const texts = await greedy((feeds) => session.run(feeds), options, own.map(({ prompt }) => prompt));
      answers.push({
        question,
        right: texts.map(({ ids, ending }, i) => Number(ending === "closed" && same(ids, own[i]!.answer))),
        tokens: texts.map(({ ids }) => ids.length),
        endings: texts.map(({ ending }) => ending),
      });
    }
    return answers;
  } finally {
    await session.release();
  }
}

/** Without the answer's end. */
const same = (ids: readonly number[], answer: readonly number[]): boolean =>
  ids.length === answer.length - 1 && ids.every((id, i) => id === answer[i]);

interface Text {
  ids: number[];
  ending: Ending;
}

/** Answers to prompts of one length, token by token, until all have ended. */
async function greedy(
  run: (feeds: Tensors) => Promise<Tensors>,
  options: DecoderOptions,
  prompts: readonly (readonly number[])[],
): Promise<Text[]> {
  const count = prompts.length;
  const carry = Object.entries(decoderCarry(options.layers));
  const { heads, keyValueHeads = heads, hidden, headSize = hidden / heads } = options;
  const nothing = new Tensor("float32", new Float32Array(0), [count, keyValueHeads, 0, headSize]);
  let state: Tensors = Object.fromEntries(carry.map(([input]) => [input, nothing]));
  let next = prompts.map((prompt) => [...prompt]);
  const texts = prompts.map((): { ids: number[]; ending: Ending | undefined } => ({
    ids: [],
    ending: undefined,
  }));
  for (let length = 1; length <= MOST_TOKENS; length++) {
    const made = await run({ input_ids: int64(next.flat(), [count, next[0]!.length]), ...state });
    state = Object.fromEntries(carry.map(([input, output]) => [input, made[output]!]));
    const logits = floats(made.logits!);
    const width = logits.length / count;
    next = texts.map((text, i) => {
      const id = argmax(logits.subarray(i * width, (i + 1) * width));
      if (text.ending) return [END]; // goes on beside the others, and is not looked at
      if (id === END) text.ending = "closed";
      else text.ids.push(id);
      if (id !== END && loopPeriod(text.ids, LOOP) !== undefined) text.ending = "loop";
      return [id];
    });
    if (texts.every(({ ending }) => ending)) break;
  }
  return texts.map(({ ids, ending }) => ({ ids, ending: ending ?? "length" }));
}
