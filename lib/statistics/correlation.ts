import { requirePairs } from "./classification.ts";
import { mean } from "./describe.ts";
import { midranks } from "./ranks.ts";

/**
 * Pearson's correlation, −1 to 1; 0 where one of the two does not vary, which foretells nothing.
 */
export function pearson(first: ArrayLike<number>, second: ArrayLike<number>): number {
  requirePairs("a correlation", first, second);
  const [x, y] = [Array.from(first), Array.from(second)];
  const [middleX, middleY] = [mean(x), mean(y)];
  let [both, squaresX, squaresY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - middleX, y[i]! - middleY];
    both += dx * dy;
    squaresX += dx * dx;
    squaresY += dy * dy;
  }
  const scale = Math.sqrt(squaresX) * Math.sqrt(squaresY);
  return scale === 0 ? 0 : both / scale;
}

/** Spearman's correlation: Pearson's of the ranks, where equal values share the middle of theirs. */
export function spearman(first: ArrayLike<number>, second: ArrayLike<number>): number {
  requirePairs("a correlation", first, second);
  return pearson(midranks(first), midranks(second));
}
