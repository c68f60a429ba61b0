/** A column of node features. */
export interface SlotRow {
  /** Name of the column: `norm.scale`. */
  readonly name: string;
  /** Value of the column at a node that has no such parameter. */
  readonly otherwise: number;
}

const norm = (name: string): SlotRow[] => [
  { name: `${name}.scale`, otherwise: 1 },
  { name: `${name}.shift`, otherwise: 0 },
  { name: `${name}.mean`, otherwise: 0 },
  { name: `${name}.variance`, otherwise: 1 },
];

/**
 * The columns of node features in the general layout. Two norms and two biases, because the channels of a
 * residual connection may be made on two ways, each with its own.
 */
export const SLOTS: readonly SlotRow[] = [
  ...norm("norm"),
  ...norm("norm2"),
  { name: "bias", otherwise: 0 },
  { name: "bias2", otherwise: 0 },
  { name: "slope", otherwise: 0 },
  { name: "token", otherwise: 0 },
  { name: "query.bias", otherwise: 0 },
  { name: "key.bias", otherwise: 0 },
  { name: "value.bias", otherwise: 0 },
];

const COLUMN: ReadonlyMap<string, number> = new Map(SLOTS.map(({ name }, column) => [name, column]));

/** The column of a slot. */
export function columnOf(slot: string): number {
  return COLUMN.get(slot)!;
}

/** Slots that parameters of a kind may take: as many as there are parameters, the first free choice first. */
export const CHOICES = {
  norm: [
    ["norm.scale", "norm.shift", "norm.mean", "norm.variance"],
    ["norm2.scale", "norm2.shift", "norm2.mean", "norm2.variance"],
  ],
  /** A factor for each channel is a norm without the rest. */
  scale: [["norm.scale"], ["norm2.scale"]],
  bias: [["bias"], ["bias2"], ["norm.shift"], ["norm2.shift"]],
  /** A shift is added after a scale. */
  shift: [["norm.shift"], ["norm2.shift"], ["bias"], ["bias2"]],
  slope: [["slope"]],
  token: [["token"]],
} as const satisfies Record<string, readonly (readonly string[])[]>;

/** Role of a parameter with one number per channel. */
export type SlotKind = keyof typeof CHOICES;
