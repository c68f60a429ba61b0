import { int64, type Tensor } from "../../tensor/tensor.ts";
import { type Random, seededRandom } from "../../random.ts";

/** Tokens of the small language: padding, the classifier's own, negation, then three kinds of words. */
const [START, NOT] = [1, 2];
const POSITIVE = { first: 3, count: 7 };
const NEGATIVE = { first: 10, count: 7 };
const NEUTRAL = { first: 17, count: 15 };

/** Number of tokens there are. */
export const VOCABULARY = 32;

/** Longest sentence, the classifier's token included. */
export const LENGTH = 12;

/** Sentences as a model of `bert` takes them, and their labels. */
export interface Sentences {
  /** `input_ids` and `attention_mask`, int64 [count, 12]. */
  inputs: Record<string, Tensor>;
  /** `labels`, int64 [count]: 1 where more is praised than blamed. */
  targets: { labels: Tensor };
}

/**
 * Sentiment with negation, in a language of 32 tokens: of 5 to 12 tokens, a start token included, each is a
 * negation (15 %), praise (20 %), blame (20 %) or neither. The label is the sign of the sum of praise and
 * blame, each turned round behind a negation; sums of 0 are drawn again. So a network has to look one place
 * back, and to add up.
 */
export function sentences(count: number, seed: number, part: "train" | "validation" | "test"): Sentences {
  const ids = new Array<number>(count * LENGTH).fill(0);
  const mask = new Array<number>(count * LENGTH).fill(0);
  const labels: number[] = [];
  const random = seededRandom(seed, "negation", part);
  for (let i = 0; i < count; i++) {
    const { tokens, score } = sentence(random);
    tokens.forEach((token, place) => {
      ids[i * LENGTH + place] = token;
      mask[i * LENGTH + place] = 1;
    });
    labels.push(score > 0 ? 1 : 0);
  }
  const dims = [count, LENGTH];
  return {
    inputs: { input_ids: int64(ids, dims), attention_mask: int64(mask, dims) },
    targets: { labels: int64(labels) },
  };
}

function sentence(random: Random): { tokens: number[]; score: number } {
  for (;;) {
    const length = 5 + random.integer(LENGTH - 4);
    const tokens = [START];
    let score = 0;
    while (tokens.length < length) {
      const before = tokens.at(-1);
      const drawn = random.uniform();
      const sign = before === NOT ? -1 : 1;
      const word = ({ first, count }: typeof POSITIVE) => first + random.integer(count);
      if (drawn < 0.15) tokens.push(NOT);
      else if (drawn < 0.35) {
        tokens.push(word(POSITIVE));
        score += sign;
      } else if (drawn < 0.55) {
        tokens.push(word(NEGATIVE));
        score -= sign;
      } else tokens.push(word(NEUTRAL));
    }
    if (score !== 0) return { tokens, score };
  }
}
