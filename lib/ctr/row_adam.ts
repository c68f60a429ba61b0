import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { requireAdam } from "../train/optimizers.ts";
import { bringRows, type RowMemory, rowMemory } from "./row_memory.ts";
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
   * A number that has come below this while it was replayed is taken for zero from there on. Default 1e-8; 0
   * replays all steps, in float64 bit for bit.
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
 * that row, its moments and the numbers of the steps alone, and are taken when it is next looked up. Float32
 * numbers are rounded after each operation, as there.
 *
 * @param state changed in place; may lie in any buffer
 */
export function rowAdam(
  state: RowState<Float32Array> | RowState<Float64Array>,
  options: RowAdamOptions,
): RowOptimizer {
  requireOptions("rowAdam", options, ROW_ADAM_OPTIONS);
  return isFloat32(state)
    ? rowAdamWithin(rowMemory(options.features), state, options)
    : optimizer(state, options, inNumbers(state, settingsOf(options)));
}

/** `rowAdam` in float32, in a memory that the state may lie in: its arrays are asked for anew at each use. */
export function rowAdamWithin(memory: RowMemory, state: RowState, options: RowAdamOptions): RowOptimizer {
  const settings = settingsOf(options);
  return optimizer(state, options, inVectors(memory, state, settings, options.replay));
}

const isFloat32 = (state: RowState<Float32Array> | RowState<Float64Array>): state is RowState =>
  state.values instanceof Float32Array;

function settingsOf(options: RowAdamOptions): ReplaySettings {
  const { features, weightDecay = 0, betas = [0.9, 0.999], epsilon = 1e-8, collapsed = 1e-8 } = options;
  requireAdam("use rowAdam", { beta1: betas[0], beta2: betas[1], epsilon, weightDecay });
  return { features, weightDecay, betas, epsilon, collapsed };
}

/** What is calculated at a step. */
interface Arithmetic extends RowReplay {
  /** Rows take the step that was noted last, each with a gradient. */
  take(rows: ArrayLike<number>, gradients: ArrayLike<number>): void;
}

function optimizer(
  state: RowState<Float32Array> | RowState<Float64Array>,
  { features, betas: [beta1, beta2] = [0.9, 0.999], replay = true }: RowAdamOptions,
  { note, replay: catchUp, take }: Arithmetic,
): RowOptimizer {
  requireSizes(state, features);
  let step = 0;

  function settle(rows: ArrayLike<number>): void {
    if (!replay) return;
    const { values, mean, steps } = state;
    const late: number[] = [], firsts: number[] = [];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const done = steps[row]!;
      if (done === step) continue;
      steps[row] = step;
      const end = (row + 1) * features;
      let at = row * features;
      while (at < end && values[at] === 0 && mean[at] === 0) at++;
      if (at === end) fade(row, step - done);
      else {
        late.push(row);
        firsts.push(done);
      }
    }
    if (late.length > 0) catchUp(late, firsts);
  }

  /** Nothing moves what is zero throughout, but its squares fade. */
  function fade(row: number, count: number): void {
    const { square } = state;
    for (let at = row * features; at < (row + 1) * features; at++) {
      if (square[at] !== 0) square[at] = square[at]! * beta2 ** count;
    }
  }

  return {
    get step() {
      return step;
    },
    settle,
    update(rows, gradients, rate) {
      settle(rows);
      step++;
      note(rate / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step));
      if (rows.length === 0) return;
      take(rows, gradients);
      if (replay) { for (let i = 0; i < rows.length; i++) state.steps[rows[i]!] = step; }
    },
  };
}

/** One number after the other, in the precision of JavaScript's numbers. */
function inNumbers(
  { values, mean, square }: RowState<Float64Array>,
  { features, weightDecay, betas: [beta1, beta2], epsilon, collapsed }: ReplaySettings,
): Arithmetic {
  const sizes: number[] = [], scales: number[] = [];

  /** One number of a row takes a step. */
  function move(at: number, gradient: number, step: number): void {
    const all = gradient + values[at]! * weightDecay;
    const m = mean[at] = mean[at]! * beta1 + all * (1 - beta1);
    const v = square[at] = square[at]! * beta2 + all * all * (1 - beta2);
    values[at] = values[at]! - m / (Math.sqrt(v) * scales[step]! + epsilon) * sizes[step]!;
  }

  /** One number of a row takes the steps from the first with L2 alone. */
  function replayNumber(at: number, first: number): void {
    for (let step = first; step < sizes.length; step++) {
      if (Math.abs(values[at]!) < collapsed && Math.abs(mean[at]!) < collapsed * weightDecay) {
        // What is left of the squares goes on fading; the rest is zero.
        square[at]! *= beta2 ** (sizes.length - step);
        values[at] = mean[at] = 0;
        return;
      }
      move(at, 0, step);
    }
  }

  return {
    note(size, scale) {
      sizes.push(size);
      scales.push(scale);
    },
    replay(rows, firsts) {
      rows.forEach((row, i) => {
        for (let at = row * features; at < (row + 1) * features; at++) replayNumber(at, firsts[i]!);
      });
    },
    take(rows, gradients) {
      for (let i = 0; i < rows.length; i++) {
        for (let j = 0; j < features; j++) {
          move(rows[i]! * features + j, gradients[i * features + j]!, sizes.length - 1);
        }
      }
    },
  };
}

/** Many float32 numbers at once. */
function inVectors(
  memory: RowMemory,
  state: RowState,
  settings: ReplaySettings,
  replay = true,
): Arithmetic {
  const { weightDecay, betas: [beta1, beta2], epsilon } = settings;
  const missed = replay ? rowReplay(state, settings) : undefined;
  let now: [size: number, scale: number] = [0, 0];
  return {
    note(size, scale) {
      now = [size, scale];
      missed?.note(size, scale);
    },
    replay: (rows, firsts) => missed?.replay(rows, firsts),
    take(rows, gradients) {
      const from = memory.put("gradients", gradients);
      const within = bringRows(memory, () => [state.values, state.mean, state.square], rows);
      const [values, mean, square] = within.arrays as [number, number, number];
      memory.set([weightDecay, beta1, 1 - beta1, beta2, 1 - beta2, epsilon, ...now]);
      memory.kernels.adam(values, mean, square, from, within.rows, rows.length);
      within.putBack();
    },
  };
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
