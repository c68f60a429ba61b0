/** Facts about a tensor that decide how large it is when packed. */
export interface PackedLayer {
  /** Weights. */
  size: number;
  /** Size of the first axis. */
  rows: number;
  /** Weights that are stored. */
  kept: number;
}

/** Ways to store a sparse network, as they are named in tables. */
export type StorageName =
  | "dense f32"
  | "dense f16"
  | "COO u32+f32"
  | "CSR u16+f32"
  | "CSR u16+f16"
  | "bitmap+f16"
  | "entropy+f16"
  | "entropy+int8";

/** Bytes of one layer, and of each number that is stored densely beside the layers. */
const RULES: Record<StorageName, { layer: (layer: PackedLayer) => number; other: number }> = {
  "dense f32": { layer: ({ size }) => 4 * size, other: 4 },
  "dense f16": { layer: ({ size }) => 2 * size, other: 2 },
  "COO u32+f32": { layer: ({ kept }) => 8 * kept, other: 4 },
  "CSR u16+f32": { layer: ({ kept, rows }) => 6 * kept + 4 * (rows + 1), other: 4 },
  "CSR u16+f16": { layer: ({ kept, rows }) => 4 * kept + 4 * (rows + 1), other: 2 },
  "bitmap+f16": { layer: ({ kept, size }) => 2 * kept + Math.ceil(size / 8), other: 2 },
  "entropy+f16": { layer: ({ kept, size }) => 2 * kept + size * entropy(kept / size) / 8, other: 2 },
  "entropy+int8": { layer: ({ kept, size }) => kept + size * entropy(kept / size) / 8, other: 2 },
};

/** Bits that a yes or no of this probability takes at least: Shannon, 1948. */
function entropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
}

/** The names in the order of the paper's table. */
export const STORAGES = Object.keys(RULES) as StorageName[];

/**
 * Bytes by formula, without headers and graph: positions and values of the layers, and `others` numbers
 * (biases, norms, tables) beside them. "entropy" is the least that positions can take, whatever the code.
 */
export function storageBytes(layers: readonly PackedLayer[], others: number): Record<StorageName, number> {
  return Object.fromEntries(
    STORAGES.map((name) => {
      const { layer, other } = RULES[name];
      return [name, layers.reduce((sum, one) => sum + layer(one), others * other)];
    }),
  ) as Record<StorageName, number>;
}
