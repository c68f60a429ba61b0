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

/** A matrix as tables name it, layers from 1: `2 up`. */
export function shortName(weight: string): string {
  const { layer, part } = placeOf(weight);
  return `${layer + 1} ${part}`;
}

/** Names of all matrices of so many layers. */
export const weightsOfLayers = (layers: number): string[] =>
  Array.from(
    { length: layers },
    (_, layer) =>
      PARTS.map((part) =>
        `model.layers.${layer}.${part.length > 1 ? "mlp" : "self_attn"}.${part}_proj.weight`
      ),
  )
    .flat();

/** The last layer among matrices; −1 of none. */
export const lastLayer = (weights: readonly string[]): number =>
  Math.max(-1, ...weights.map((weight) => placeOf(weight).layer));
