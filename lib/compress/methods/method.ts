import type { Gpu } from "../../../kernels/webgpu/core/gpu.ts";
import type { NmPattern } from "../../../kernels/webgpu/nm/nm_groups.ts";
import type { Grid } from "../numeric/grid.ts";
import type { Products } from "../numeric/products.ts";
import type { InputStatistics } from "../calibrate/statistics.ts";

/** What is to become of a matrix. */
export interface Target {
  /** Part of the weights that goes, 0 to 1. */
  readonly sparsity: number;
  /** N:M sparsity, n of every m neighbours of a row stay, in place of `sparsity`. */
  readonly pattern: NmPattern | undefined;
  /** Bits of a weight; undefined where weights are not rounded. */
  readonly bits: number | undefined;
  /** Weights of a row that share a scale; undefined for all. */
  readonly groupSize: number | undefined;
  /** Whether zero is the middle level. */
  readonly symmetric: boolean;
  /** Share of the Hessian diagonal's mean that is added to it. */
  readonly damping: number;
  /** Whether ranges of levels shrink to where least is lost; without it they hold all weights. */
  readonly mse?: boolean | undefined;
  /** Columns that are swept before their errors are brought to the rest. */
  readonly blockSize: number;
  /** Whether thresholds are those of the reference implementations. */
  readonly referenceCompatible: boolean;
}

/** A matrix with what is known of its inputs: a layer's weight, or of a convolution the rows of a group. */
export interface Matrix {
  /** Name of the layer's weight. */
  readonly name: string;
  /** [rows, columns]. */
  readonly weight: Float64Array;
  /** Output features. */
  readonly rows: number;
  /** Weights of a row. */
  readonly columns: number;
  /** What is multiplied with it on the calibration data; undefined for methods that need none. */
  readonly inputs: InputStatistics | undefined;
  /** Large products by the engine or a GPU in float32; undefined where all are in float64. */
  readonly products?: Products | undefined;
}

/** A compressed matrix. */
export interface Compressed {
  /** [rows, columns]. */
  readonly weight: Float64Array;
  /** Levels of its weights, where they lie on a grid. */
  readonly grid?: Grid | undefined;
  /** What the Hessian was damped with at last. */
  readonly damping?: number | undefined;
  /** Loss in the output where the method knows it, ½ tr(ΔW H ΔWᵀ). */
  readonly loss?: number | undefined;
}

/** A way to compress a matrix by itself: a row of the table of methods. */
export interface Method {
  /** Tasks of the method: to zero weights, to round them. */
  readonly does: readonly ("sparsity" | "bits")[];
  /** Whether it needs calibration data. */
  readonly calibrated: boolean;
  /** Whether it may be told to let the ranges of its levels shrink. */
  readonly shrinks?: boolean;
  /** Whether it sweeps over the columns, block by block, by the inverse of a damped Hessian. */
  readonly sweeps?: boolean;
  /** Whether it compares what goes into the layer with what went into it before anything was compressed. */
  readonly cross?: boolean;
  /**
   * How a sparsity is met in a convolution of several groups, whose matrices may be a few weights: `"one"`,
   * all groups as one matrix; `"carried"`, each by itself, what one rounds taken from the next. Default: each
   * rounds for itself.
   */
  readonly groups?: "one" | "carried";
  /** Scales of the inputs that layers with the same inputs share, where the method has any. */
  together?(group: readonly { matrix: Matrix; target: Target }[]): Promise<Float64Array>;
  /** Compresses; the matrix that is given stays as it is. `scales` are those of `together`. */
  run(matrix: Matrix, target: Target, scales?: Float64Array): Compressed | Promise<Compressed>;
  /** What `run` does by the kernels of a GPU, in float32; nothing where they cannot do what is asked. */
  onGpu?(gpu: Gpu, matrix: Matrix, target: Target): Promise<Compressed | undefined>;
}
