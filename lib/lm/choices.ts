import { RangeError } from "../errors.ts";
import type { LanguageModel } from "./language_model.ts";
import { tokenLosses } from "./losses.ts";

/** How likely a model holds one of several continuations. */
export interface ChoiceScore {
  /** The continuation. */
  choice: string;
  /** Log-likelihood of its tokens behind the prompt, in nats. */
  logLikelihood: number;
  /** How many tokens the choice has. */
  tokens: number;
  /** The log-likelihood for each byte of UTF-8, which is fair to long ones. */
  perByte: number;
}

/**
 * The log-likelihood of each continuation of a prompt. Tokens are those of prompt and continuation together;
 * what differs from the prompt's own tokens counts.
 *
 * @throws {RangeError} where there is no choice, an empty one, or one that does not fit into the context
 */
export async function scoreChoices(
  model: LanguageModel,
  prompt: string,
  choices: readonly string[],
): Promise<ChoiceScore[]> {
  if (choices.length === 0 || choices.includes("")) {
    throw new RangeError(`Cannot score ${choices.length} choices: expected some, none of them empty`);
  }
  const before = model.vocabulary.encode(prompt);
  const scores: ChoiceScore[] = [];
  for (const choice of choices) {
    const ids = model.vocabulary.encode(prompt + choice);
    let shared = 0;
    while (shared < before.length && before[shared] === ids[shared]) shared++;
    if (shared === 0) {
      throw new RangeError(
        `Cannot score ${JSON.stringify(choice)} behind ${
          JSON.stringify(prompt)
        }: expected a prompt of whole ` +
          "tokens before it, at least one",
      );
    }
    const losses = tokenLosses(await model.logits(ids), ids).slice(shared - 1);
    const logLikelihood = -losses.reduce((sum, loss) => sum + loss, 0);
    const bytes = new TextEncoder().encode(choice).length;
    scores.push({ choice, logLikelihood, tokens: losses.length, perByte: logLikelihood / bytes });
  }
  return scores;
}
