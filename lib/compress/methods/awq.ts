import { outputSquares } from "../numeric/output_squares.ts";
import { emptyGrid, type Grid, gridOf, onGrid, roundToGrid, setRange } from "../numeric/grid.ts";
import type { Matrix, Method, Target } from "./method.ts";

/** Exponents that are tried: 0, 1/20, …, 19/20. */
const EXPONENTS = Array.from({ length: 20 }, (_, i) => i / 20);

/** Shares of a group's range that are tried, from all of it down. */
const SHARES = Array.from({ length: 11 }, (_, i) => 1 - i / 20);

/** Queries and keys are multiplied with each other: their ranges stay whole. */
const WHOLE = /(^|[._/])(q|k|query|key|attn_q|attn_k)(_proj)?[._/]/;

/**
 * Inputs that are large in the mean are divided by a scale, and their weights multiplied with it, so that
 * these are rounded more finely: s_j = (mean |x_j|)ᵃ, with the a that loses the least in all layers with
 * these inputs. Then each group's range shrinks to where the error of its outputs is least. The scales stay
 * with the weights: the layer computes what it would with its inputs divided.
 *
 * Source: J. Lin et al., "AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration",
 * 2023.
 */
export const awq: Method = {
  does: ["bits"],
  calibrated: true,
  together: (group) => bestScales(group),
  async run(matrix, target, given) {
    const scales = given ?? await bestScales([{ matrix, target }]);
    const { weight, rows, columns, name } = matrix;
    const scaled = weight.map((value, i) => value * scales[i % columns]!);
    const grid = WHOLE.test(name)
      ? gridOf(scaled, rows, columns, { ...target, bits: target.bits! })
      : clipped(scaled, scales, matrix, target);
    const rounded = roundToGrid(scaled, rows, columns, grid);
    return {
      weight: rounded.map((value, i) => value / scales[i % columns]!),
      grid: { ...grid, inputScales: scales },
    };
  },
};

/** The scales with the least squared error of the outputs of layers that share inputs. */
async function bestScales(
  group: readonly { matrix: Matrix; target: Target }[],
): Promise<Float64Array> {
  const { absolute, tokens, gram } = group[0]!.matrix.inputs!;
  const { columns } = group[0]!.matrix;
  let best = { scales: new Float64Array(columns).fill(1), error: Infinity };
  for (const exponent of EXPONENTS) {
    const raw = absolute.map((sum) => Math.max(sum / tokens, 1e-4) ** exponent);
    const norm = Math.sqrt(raw.reduce((a, b) => Math.max(a, b)) * raw.reduce((a, b) => Math.min(a, b)));
    const scales = raw.map((value) => value / norm);
    let error = 0;
    for (const { matrix: { weight, rows, products }, target } of group) {
      const scaled = weight.map((value, i) => value * scales[i % columns]!);
      const grid = gridOf(scaled, rows, columns, { ...target, bits: target.bits! });
      const rounded = roundToGrid(scaled, rows, columns, grid);
      error += await outputSquares(
        weight.map((value, i) => value - rounded[i]! / scales[i % columns]!),
        gram,
        columns,
        products,
      );
    }
    if (error < best.error) best = { scales, error };
  }
  return best.scales;
}

/** A grid whose groups' ranges are as wide as loses the least in the outputs of each group by itself. */
function clipped(
  scaled: Float64Array,
  scales: Float64Array,
  { rows, columns, inputs }: Matrix,
  { bits, groupSize, symmetric }: Target,
): Grid {
  const grid = emptyGrid(rows, columns, { bits: bits!, groupSize, symmetric });
  const { gram } = inputs!;
  const change = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < grid.groups; group++) {
      const at = row * grid.groups + group;
      const [from, to] = [group * grid.groupSize, Math.min((group + 1) * grid.groupSize, columns)];
      let [low, high] = [0, 0];
      for (let j = from; j < to; j++) {
        low = Math.min(low, scaled[row * columns + j]!);
        high = Math.max(high, scaled[row * columns + j]!);
      }
      let best = { error: Infinity, share: 1 };
      for (const share of SHARES) {
        setRange(grid, at, { low: low * share, high: high * share, symmetric });
        for (let j = from; j < to; j++) {
          const value = scaled[row * columns + j]!;
          change[j] = (value - onGrid(grid, at, value)) / scales[j]!;
        }
        const error = squareOf(change, gram, { columns, from, to });
        if (error < best.error) best = { error, share };
      }
      setRange(grid, at, { low: low * best.share, high: high * best.share, symmetric });
    }
  }
  return grid;
}

/** δ G δᵀ of a run of columns. */
function squareOf(
  change: Float64Array,
  gram: Float64Array,
  { columns, from, to }: { columns: number; from: number; to: number },
): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    let inner = change[i]! * gram[i * columns + i]! / 2;
    for (let j = from; j < i; j++) inner += gram[i * columns + j]! * change[j]!;
    sum += change[i]! * inner;
  }
  return 2 * sum;
}
