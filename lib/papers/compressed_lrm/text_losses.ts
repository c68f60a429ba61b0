import { tokenLosses } from "../../lm/losses.ts";
import type { Model } from "../../onnx/model.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { mean } from "../../statistics/describe.ts";
import { int64 } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";

/** The most tokens that run at once. */
const TOKENS = 2048;

/** A text to measure on. */
export interface Text {
  /** Tokens. */
  readonly ids: readonly number[];
  /** Whether each token but the first counts. Default: all of them. */
  readonly counts?: readonly boolean[];
}

/**
 * Mean of −log p over the tokens of each text, all but its first, in nats: e to their mean is the perplexity
 * by the protocol of GPTQ and SparseGPT, with a text for a window. Texts have one length.
 */
export async function textLosses(
  model: Model,
  texts: readonly Text[],
  runtime: Runtime,
): Promise<number[]> {
  const length = texts[0]?.ids.length ?? 1;
  const together = Math.max(1, Math.floor(TOKENS / length));
  const session = await runtime.session(model);
  try {
    const losses: number[] = [];
    for (let at = 0; at < texts.length; at += together) {
      const own = texts.slice(at, at + together);
      const { logits } = await session.run({
        input_ids: int64(own.flatMap(({ ids }) => ids), [own.length, length]),
      });
      const data = floats(logits!);
      const size = data.length / own.length;
      own.forEach(({ ids, counts }, i) => {
        const each = tokenLosses(data.subarray(i * size, (i + 1) * size), ids);
        losses.push(mean(each.filter((_, place) => counts?.[place] ?? true)));
      });
    }
    return losses;
  } finally {
    await session.release();
  }
}
