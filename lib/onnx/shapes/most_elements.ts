import { TypeError } from "../../errors.ts";
import type { Shape } from "../dim.ts";

/** Elements of one value, 16 TB of float32: no machine that runs a graph holds more. */
const MOST_ELEMENTS = 2 ** 42;

/**
 * Throws TypeError where a shape that a node or an input has is larger than any machine holds, so that what
 * follows need not be bounded everywhere. Unknown sizes count as 1.
 */
export function requireHoldable(shape: Shape | undefined, what: () => string): void {
  if (!shape) return;
  const elements = shape.reduce(
    (size: number, dim) => typeof dim === "number" ? size * Math.max(dim, 1) : size,
    1,
  );
  if (elements <= MOST_ELEMENTS) return;
  throw new TypeError(
    `Cannot infer the shape of ${what()}: [${
      shape.join(", ")
    }] has more elements than any machine holds; expected at ` +
      `most ${MOST_ELEMENTS}, look at the sizes, pads and repeats that lead there`,
  );
}
