import { type Dim, divideDims, multiplyDims, type Shape } from "../onnx/dim.ts";

/** A part of an axis: an axis of length 12·64 may be 12 of something and 64 of something else. */
export interface Part {
  /** Length of the part. */
  readonly size: Dim;
}

/**
 * Deals the parts of one shape out to the axes of another that holds the same elements in the same order,
 * splitting parts where axes end within them; `undefined` where sizes are not known well enough.
 */
export function regroup<P extends Part>(
  parts: readonly P[],
  axes: Shape,
  split: (part: P, first: Dim, second: Dim) => [P, P] | undefined,
): P[][] | undefined {
  const rest = [...parts].reverse();
  const result: P[][] = [];
  for (const length of axes) {
    const taken: P[] = [];
    let size: Dim = 1;
    while (size !== length || (length === 1 && taken.length === 0 && rest.at(-1)?.size === 1)) {
      const part = rest.pop();
      if (part === undefined) return undefined;
      const missing = exactly(length, size);
      if (missing === undefined) return undefined;
      if (exactly(missing, part.size) !== undefined) taken.push(part);
      else {
        const second = exactly(part.size, missing);
        const halves = second === undefined ? undefined : split(part, missing, second);
        if (halves === undefined) return undefined;
        taken.push(halves[0]);
        rest.push(halves[1]);
      }
      size = multiplyDims(size, taken.at(-1)!.size);
    }
    result.push(taken);
  }
  if (rest.some(({ size }) => size !== 1)) return undefined;
  if (rest.length > 0 && result.length > 0) result.at(-1)!.push(...rest.reverse());
  return result;
}

/** a / b where that leaves nothing over. */
function exactly(a: Dim, b: Dim): Dim | undefined {
  if (a === 0 || b === 0) return undefined;
  const quotient = divideDims(a, b);
  return quotient !== 0 && multiplyDims(quotient, b) === a ? quotient : undefined;
}
