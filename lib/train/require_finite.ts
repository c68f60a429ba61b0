import { RangeError } from "../errors.ts";
import { quoted } from "../printable.ts";
import { arrayOf } from "../tensor/arrays.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * Refuses weights that are no numbers, or infinite: what comes of them says nothing.
 *
 * @param weights tensors of floats, by name
 * @param action what cannot be done with them: "evaluate this"
 * @param advice what to do about it
 * @throws RangeError naming the first such weight, and the place in it
 */
export function requireFinite(
  weights: Iterable<readonly [name: string, tensor: Tensor]>,
  action: string,
  advice: string,
): void {
  for (const [name, tensor] of weights) {
    const data = arrayOf(tensor);
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at < 0) continue;
    throw new RangeError(
      `Cannot ${action}: weight ${quoted(name)} holds ${
        data[at]
      } at place ${at}, expected finite numbers; ${advice}`,
    );
  }
}
