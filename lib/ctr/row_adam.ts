import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { type ReplaySettings, type RowReplay, rowReplay } from "./row_replay.ts";

/** Numbers of a table and what Adam keeps of them, row by row. */
export interface RowState<Numbers extends Float32Array | Float64Array = Float32Array> {
  /** The table, [rows, features]. */
  values: Numbers;
  /** Running mean of gradients, like the table. */
  mean: Numbers;
  /** Running mean of their squares, like the table. */
  square: Numbers;
  /** Steps that each row has taken. */
  steps: Uint32Array;
}

/** Settings of {@linkcode rowAdam}. */
export interface RowAdamOptions {
  /** Numbers of a row. */
  features: number;
  /** L2, added to every gradient before the moments. Default 0. */
  weightDecay?: number | undefined;
  /** Decay of the mean and of the mean square of gradients. Default [0.9, 0.999]. */
  betas?: [number, number] | undefined;
  /** Added to the root. Default 1e-8. */
  epsilon?: number | undefined;
  /**
   * A row whose numbers have all come below this while they were replayed is taken for zero from there on.
   * Default 1e-8; 0 replays all steps, in float64 bit for bit.
   */
  collapsed?: number | undefined;
  /**
   * Whether a row takes the steps that it missed. Without, L2 and moments stand still while it is not looked
   * up, which is another method. Default true.
   */
  replay?: boolean | undefined;
}

/** Names of {@linkcode RowAdamOptions}. */
const ROW_ADAM_OPTIONS: OptionNames<RowAdamOptions> = {
  features: true,
  weightDecay: true,
  betas: true,
  epsilon: true,
  collapsed: true,
  replay: true,
};

/** An optimizer on the rows of a table that are looked up. */
export interface RowOptimizer {
  /** Steps done. */
  readonly step: number;
  /** Brings rows to where the dense update would have them now, before they are read. */
  settle(rows: ArrayLike<number>): void;
  /** Takes a step at a learning rate: gradients of some rows, one after the other; all others have none. */
  update(rows: ArrayLike<number>, gradients: ArrayLike<number>, rate: number): void;
}

/**
 * Adam with coupled L2 whose cost is that of the rows that are looked up, and whose result is that of the
 * dense update of {@linkcode adam}: the steps that a row missed had no gradient but L2's, so they depend on
 * that row, its moments and the numbers of the steps alone, and are taken when it is next looked up.
 *
 * @param state changed in place; may lie in any buffer
 */
export function rowAdam(
  state: RowState<Float32Array> | RowState<Float64Array>,
  options: RowAdamOptions,
): RowOptimizer {
  requireOptions("rowAdam", options, ROW_ADAM_OPTIONS);
  const { features, weightDecay = 0, betas = [0.9, 0.999], epsilon = 1e-8 } = options;
  const { collapsed = 1e-8, replay = true } = options;
  const [beta1, beta2] = betas;
  const { values, mean, square, steps } = state;
  requireSizes(state, features);
  /** Size of each step, and scale of its root. */
  const sizes: number[] = [], scales: number[] = [];
  let step = 0;
  const many = replay ? replayOf(state, { features, weightDecay, betas, epsilon, collapsed }) : undefined;

  /** One number of a row takes the steps from `first` to before `last` with L2 alone. */
  function replayNumber(at: number, first: number, last: number): void {
    let value = values[at]!, m = mean[at]!, v = square[at]!;
    for (let t = first; t < last; t++) {
      if (Math.abs(value) < collapsed && Math.abs(m) < collapsed * weightDecay) {
        // What is left of the squares goes on fading; the rest is zero.
        square[at] = v * beta2 ** (last - t);
        values[at] = mean[at] = 0;
        return;
      }
      const gradient = value * weightDecay;
      m = m * beta1 + gradient * (1 - beta1);
      v = v * beta2 + gradient * gradient * (1 - beta2);
      value = value - m / (Math.sqrt(v) * scales[t]! + epsilon) * sizes[t]!;
    }
    values[at] = value;
    mean[at] = m;
    square[at] = v;
  }

  function settle(rows: ArrayLike<number>): void {
    const late: number[] = [], firsts: number[] = [];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const done = steps[row]!;
      if (done === step) continue;
      steps[row] = step;
      if (!replay) continue;
      if (many && isMoving(row)) {
        late.push(row);
        firsts.push(done);
        continue;
      }
      for (let at = row * features; at < (row + 1) * features; at++) {
        // Nothing moves what is zero throughout.
        if (values[at] !== 0 || mean[at] !== 0) replayNumber(at, done, step);
        else if (square[at] !== 0) square[at] = square[at]! * beta2 ** (step - done);
      }
    }
    many?.replay(late, firsts);
  }

  /** Whether a step without a gradient changes a row. */
  function isMoving(row: number): boolean {
    for (let at = row * features; at < (row + 1) * features; at++) {
      if (values[at] !== 0 || mean[at] !== 0) return true;
    }
    return false;
  }

  return {
    get step() {
      return step;
    },
    settle,
    update(rows, gradients, rate) {
      settle(rows);
      sizes.push(rate / (1 - beta1 ** (step + 1)));
      scales.push(1 / Math.sqrt(1 - beta2 ** (step + 1)));
      many?.note(sizes[step]!, scales[step]!);
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i]!;
        for (let j = 0; j < features; j++) {
          const at = row * features + j;
          const gradient = gradients[i * features + j]! + values[at]! * weightDecay;
          const m = mean[at] = mean[at]! * beta1 + gradient * (1 - beta1);
          const v = square[at] = square[at]! * beta2 + gradient * gradient * (1 - beta2);
          values[at] = values[at]! - m / (Math.sqrt(v) * scales[step]! + epsilon) * sizes[step]!;
        }
        steps[row] = step + 1;
      }
      step++;
    },
  };
}

/** Steps of many float32 numbers at once; in float64 they are taken one by one. */
function replayOf(
  state: RowState<Float32Array> | RowState<Float64Array>,
  settings: ReplaySettings,
): RowReplay | undefined {
  return state.values instanceof Float32Array
    ? rowReplay(state as RowState<Float32Array>, settings)
    : undefined;
}

/**
 * Zeros beside a table: where {@linkcode rowAdam} begins.
 *
 * @param allocate makes a place of so many bytes, all zero, such as a file mapped into memory; default:
 * memory
 */
export function newRowState(
  values: Float32Array,
  features: number,
  allocate: (bytes: number) => ArrayBuffer = (bytes) => new ArrayBuffer(bytes),
): RowState {
  return {
    values,
    mean: new Float32Array(allocate(4 * values.length), 0, values.length),
    square: new Float32Array(allocate(4 * values.length), 0, values.length),
    steps: new Uint32Array(allocate(4 * values.length / features), 0, values.length / features),
  };
}

function requireSizes(
  { values, mean, square, steps }: RowState<Float32Array> | RowState<Float64Array>,
  features: number,
): void {
  const rows = values.length / features;
  if (
    Number.isInteger(rows) && mean.length === values.length && square.length === values.length &&
    steps.length === rows
  ) {
    return;
  }
  throw new RangeError(
    `Cannot train a table of ${values.length} numbers in rows of ${features}: expected as many moments, and a count of ` +
      `steps for each row, found ${mean.length}, ${square.length} and ${steps.length}`,
  );
}
