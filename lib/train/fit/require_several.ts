import { RangeError } from "../../errors.ts";
import { quoted } from "../../printable.ts";
import type { FitSetup } from "./setup.ts";

/**
 * Refuses a batch of one example where a batch norm would normalise it by itself: all that comes out is the
 * norm's bias, whatever went in, so that the example teaches the rest nothing that is true. PyTorch refuses
 * it, too.
 *
 * @throws RangeError naming the norm
 */
export function requireSeveral({ model, step }: Pick<FitSetup, "model" | "step">, rows: number): void {
  const [norm] = step.normsAcrossExamples;
  if (rows !== 1 || norm === undefined) return;
  throw new RangeError(
    `Cannot train ${quoted(model.graph.name)} with a batch of 1 example: expected two or more, as ${norm} ` +
      "takes mean and variance across examples; choose another batchSize, or give toBatches(data, { dropLast: " +
      "true, … }) as data, which leaves a smaller last batch out",
  );
}
