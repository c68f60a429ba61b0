import type { Model } from "../onnx/model.ts";
import type { Runtime, Session, Tensors } from "../runtime/runtime.ts";
import { auc } from "../statistics/auc.ts";
import { type Clicks, idsTensor, requireRows } from "./clicks.ts";
import { floats } from "../tensor/arrays.ts";

/** Rows that a model looks at in one run. */
const ROWS_AT_ONCE = 8192;

/** The logits that a model gives to rows of a log, in order. Further inputs are fed as they are. */
export async function predict(
  session: Pick<Session, "run">,
  clicks: Clicks,
  feeds: Tensors = {},
): Promise<Float32Array> {
  const { fields, ids, labels } = clicks;
  const logits = new Float32Array(labels.length);
  const width = fields.length;
  for (let row = 0; row < labels.length; row += ROWS_AT_ONCE) {
    const end = Math.min(row + ROWS_AT_ONCE, labels.length);
    const batch = idsTensor(fields, ids.subarray(row * width, end * width));
    const { logit } = await session.run({ ids: batch, ...feeds });
    logits.set(floats(logit!), row);
  }
  return logits;
}

/** How well clicks are foreseen. */
export interface ClickScore {
  /** Area under the ROC curve. */
  auc: number;
  /** Mean of −y·ln p − (1 − y)·ln(1 − p). */
  logLoss: number;
}

/** How well logits foresee clicks. */
export function scoreLogits(logits: ArrayLike<number>, labels: ArrayLike<number>): ClickScore {
  let loss = 0;
  for (let i = 0; i < logits.length; i++) {
    const z = logits[i]!;
    loss += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - labels[i]! * z;
  }
  return { auc: auc(logits, labels), logLoss: loss / logits.length };
}

/**
 * How well a model foresees the clicks of a log.
 *
 * @throws RangeError where an id is none of its field's
 */
export async function scoreClicks(
  model: Model,
  clicks: Clicks,
  { runtime, feeds }: { runtime: Runtime; feeds?: Tensors },
): Promise<ClickScore> {
  requireRows(clicks);
  const session = await runtime.session(model);
  try {
    return scoreLogits(await predict(session, clicks, feeds), clicks.labels);
  } finally {
    await session.release();
  }
}
