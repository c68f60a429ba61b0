/** Where a matrix of a decoder stands. */
export interface MatrixPlace {
  /** Layer, from 0. */
  layer: number;
  /** Part of its layer: `q`, `k`, `v`, `o`, `gate`, `up`, `down`. */
  part: string;
}

/** Matrices of a layer in the order of figures. */
export const PARTS: readonly string[] = ["q", "k", "v", "o", "gate", "up", "down"];

/** The place of a matrix by the name of its weight. */
export function placeOf(weight: string): MatrixPlace {
  const [, layer, part] = /layers\.(\d+)\..*?(\w+)_proj/.exec(weight) ?? [];
  return { layer: Number(layer), part: part! };
}

/** The last layer among matrices; −1 of none. */
export const lastLayer = (weights: readonly string[]): number =>
  Math.max(-1, ...weights.map((weight) => placeOf(weight).layer));
