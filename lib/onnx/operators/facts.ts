import type { Dim, Shape } from "../dim.ts";
import type { Node } from "../model.ts";

/**
 * Role of a stored tensor for the node that reads it. All but `statistic` (a batch norm's running mean and
 * variance) can be trained.
 */
export type WeightRole = "weight" | "bias" | "scale" | "slope" | "embedding" | "statistic";

/** Axes of a weight, counted from 0. */
export interface WeightAxes {
  /** One position per feature that the weight makes. */
  out: readonly number[];
  /** Axes that a product sums over, windows left out: one position per feature that the weight reads. */
  summed: readonly number[];
}

/** An input that, where it is stored, was learned. */
export interface LearnedInput {
  /** Role of the input for the operator. */
  role: WeightRole;
  /**
   * Whether the operator takes constants of a computation there as well, such as a factor or a mask: then
   * size, numbers and, in files of unknown origin, names tell.
   */
  loose?: boolean;
  /** How many numbers it stands for, where a byte holds several. Default: as many as it has. */
  stands?: (node: Node) => number | undefined;
  /** The number that changes nothing there: what exporters fill a vector with where a layer has none. */
  neutral?: number;
  /**
   * Whether a constant there is learned only under a name of its own, since most are of the computation:
   * bounds, and what fills places that are left out.
   */
  named?: boolean;
  /**
   * Where features lie along it; axes that are neither are those of a window, or of directions and batches.
   */
  axes?: (node: Node, rank: number) => WeightAxes;
}

/** Shapes of a node's inputs and its first output. */
export interface NodeShapes {
  /** Shape of each input; `undefined` where it is unknown or the input is omitted. */
  inputs: readonly (Shape | undefined)[];
  /** Shape of the first output, where it is known. */
  output: Shape | undefined;
}

/** How many multiply-accumulates a node takes. */
export interface MacFacts {
  /** The number, where the shapes say. */
  count: (shapes: NodeShapes, node: Node) => Dim | undefined;
  /** The axes whose lengths it is a product of; absent where it is no such product. */
  axes?: (node: Node) => MacAxes;
  /** Where it is a sum of such products: the share of each, together 1, and its axes. */
  addends?: (shapes: NodeShapes, node: Node) => readonly { share: number; axes: MacAxes }[];
}

/** Axes whose lengths are multiplied, each once, of inputs by number and of output "y". */
export type MacAxes = readonly (readonly [value: number | "y", axis: number])[];

/** Facts about an operator that are the same for every concern. */
export interface OperatorFacts {
  /** The first version of the operator set of its domain that has it. */
  since: number;
  /** Inputs that are learned where they are stored, by index. */
  learned?: Readonly<Record<number, LearnedInput>>;
  /**
   * Whether it works on each element of its first input by itself, or on elements at the same place of
   * several.
   */
  elementwise?: "unary" | "broadcast";
  /** Result of an operator on single elements for a zero: zero, another number, or none that is finite. */
  ofZero?: "zero" | "other" | "pole";
  /** Inputs in which a zero makes zeros and never infinities, as where they are only multiplied and added. */
  zeros?: readonly number[];
  /**
   * Whether a stored tensor stays the same tensor behind it, in another arrangement: its first input, or all.
   */
  view?: "first" | "all";
  /** Whether it gives all numbers of its first input and no others, each once, in some arrangement. */
  rearranges?: boolean;
  /**
   * Whether what it makes of a parameter alone is a parameter in another form, beside the operators on single
   * elements, which all are: padded, resized, normalised.
   */
  reshapes?: boolean;
  /** Inputs of which only type or shape is read. */
  sizes?: readonly number[];
  /** Whether the same inputs give other outputs each time. */
  random?: boolean;
  /** Whether its weight is a kernel that slides over positions, with channels apart from them. */
  convolves?: boolean;
  /** Whether stored whole numbers that it reads stand for floats. */
  quantized?: boolean;
  /** Multiply-accumulates, for operators that have some. */
  macs?: MacFacts;
}

/** One row of facts for each of several operators. */
export function each<const Name extends string>(
  facts: OperatorFacts,
  ...names: readonly Name[]
): Record<Name, OperatorFacts> {
  return Object.fromEntries(names.map((name) => [name, facts])) as Record<Name, OperatorFacts>;
}
