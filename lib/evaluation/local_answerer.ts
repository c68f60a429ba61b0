import { readThinking, thinkingLength } from "../chat/thinking.ts";
import { createHash } from "../node.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { answerBytes, generateText } from "../lm/generate.ts";
import type { LanguageModel } from "../lm/language_model.ts";
import { type LoopRule, loopRule } from "../lm/loop.ts";
import { requireOptions } from "../options.ts";
import { VERSION } from "../version.ts";
import type { Answerer } from "./answerer.ts";

/** Settings of {@linkcode localAnswerer}. */
export interface LocalAnswererOptions {
  /**
   * Whether prompts are continued as they stand, instead of being put into the model's chat template; what
   * reads like a control token is one then. Default: only where the model has no template.
   */
  raw?: boolean | undefined;
  /** When an answer that repeats itself is ended; `false` for never. */
  loop?: LoopRule | false | undefined;
}

/**
 * Asks a language model on this machine. It is left open.
 *
 * @example
 * ```ts ignore
 * await using model = await openLanguageModel("SmolLM2-135M-Instruct.Q4_1.gguf");
 * const dense = { model: "SmolLM2-135M", method: "dense", answerer: localAnswerer(model) };
 * ```
 */
export function localAnswerer(
  model: LanguageModel,
  options: LocalAnswererOptions = {},
): Answerer {
  requireOptions("localAnswerer", options, { raw: true, loop: true });
  const { raw = model.template === undefined, loop } = options;
  return {
    identity: identityOf(model, raw, loop),
    async answer({ prompt, temperature, topP, maxTokens, seed, stop, signal }) {
      const generation = await generateText(
        model,
        raw ? model.vocabulary.encode(prompt, { special: true }) : [{ role: "user", content: prompt }],
        { temperature, topP, maxTokens, seed, stop, loop, signal },
      );
      if (generation.stopReason === "aborted") throw signal!.reason;
      const { text } = generation;
      const thinkTokens = tokensUpTo(model, generation.ids, thinkingLength(text), text);
      return {
        text,
        finishReason: generation.stopReason === "end" ? "stop" : generation.stopReason,
        promptTokens: generation.promptTokens,
        thinkTokens,
        answerTokens: generation.ids.length - thinkTokens,
        estimated: false,
        answeredBy: `Espalier ${VERSION}`,
      };
    },
  };
}

/** A chat that shows what a template without a text of its own makes of one. */
const CHAT = [{ role: "user", content: "a prompt" }];

/**
 * What answers follow from beside the prompt and how they are drawn: sizes and weights, how text becomes
 * tokens and back, which tokens end it, the chat template, and when loops end.
 */
function identityOf(model: LanguageModel, raw: boolean, loop: LoopRule | false = {}): string {
  const { template, vocabulary: { size, spelling, bytesOf, encode, begin, addBegin, end } } = model;
  const hash = createHash("sha256");
  for (let id = 0; id < size; id++) {
    const bytes = bytesOf(id);
    // What a token's own text is parted into shows the rules by which text is.
    const parted = encode(new TextDecoder().decode(bytes), { begin: false });
    hash.update(JSON.stringify([spelling(id), [...bytes], parted]));
  }
  hash.update(canonicalJson({
    weights: model.digest(),
    begin,
    addBegin,
    end: [...end].sort((a, b) => a - b),
    template: raw ? undefined : template?.source ?? template?.(CHAT),
    loop: loop && loopRule(loop),
  }));
  return `${hash.digest("hex")}${raw ? " raw" : ""}`;
}

/** How many tokens the text takes up to a character. */
function tokensUpTo(model: LanguageModel, ids: readonly number[], length: number, text: string): number {
  if (!readThinking(text).closed) return 0;
  const bytesIn = (part: string) => new TextEncoder().encode(part).length;
  let left = bytesIn(text.slice(0, length));
  const last = ids.findIndex((id) => {
    left -= answerBytes(model, id).length;
    return left <= 0;
  });
  return last + 1;
}
