import { TypeError } from "../errors.ts";
import type { Importance } from "./attribution.ts";

/** Importance as parts of the whole: for each behaviour it sums to 1; 0 everywhere where nothing counts. */
export function relativeImportance(importance: Importance): Importance {
  return mapLayers(importance, (value, layers) => {
    const sum = Object.values(layers).reduce((all, one) => all + one, 0);
    return sum === 0 ? 0 : value / sum;
  });
}

/**
 * How much relative importance each layer lost by compression, as the paper draws it: what was there before
 * less what is there after; 0 for layers that gained.
 *
 * @throws {TypeError} where the two do not have the same behaviours and layers
 */
export function importanceShift(before: Importance, after: Importance): Importance {
  const [first, second] = [relativeImportance(before), relativeImportance(after)];
  return mapLayers(first, (value, _layers, behaviour, layer) => {
    const other = second[behaviour]?.[layer];
    if (other !== undefined) return Math.max(0, value - other);
    throw new TypeError(
      `Cannot compare the importance of ${layer} for ${behaviour}: it is there before and not after; measure both ` +
        `on the same answers`,
    );
  });
}

function mapLayers(
  importance: Importance,
  change: (value: number, layers: Record<string, number>, behaviour: string, layer: string) => number,
): Importance {
  return Object.fromEntries(
    Object.entries(importance).map(([behaviour, layers]) => [
      behaviour,
      Object.fromEntries(
        Object.entries(layers).map(([layer, value]) => [layer, change(value, layers, behaviour, layer)]),
      ),
    ]),
  );
}
