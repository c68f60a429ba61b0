import { withoutUndefined } from "../options.ts";
import type { Gpu } from "../../kernels/webgpu/core/gpu.ts";
import type { Model } from "../onnx/model.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { KeptLayer } from "./kept_layers.ts";
import { type LinearLayer, readMatrix, writeMatrix } from "./linear_layers.ts";
import type { Compressed, Target } from "./methods/method.ts";
import { type MethodName, METHODS } from "./methods/methods.ts";
import type { Products } from "./numeric/products.ts";
import { outputSquares } from "./numeric/output_squares.ts";
import type { InputStatistics } from "./calibrate/statistics.ts";

/** What became of a layer. */
export interface LayerReport {
  /** Name of the weight. */
  weight: string;
  /** Output features. */
  rows: number;
  /** Weights of a row. */
  columns: number;
  /** How it was compressed. */
  method: MethodName;
  /** Bits of a weight; absent where weights were not rounded. */
  bits?: number;
  /** Weights that share a scale; absent where all of a row do. */
  groupSize?: number;
  /** Part of the weights that is zero now; absent where weights were only rounded. */
  sparsity?: number;
  /** ½ tr(ΔW H ΔWᵀ), H = 2/n Σ x xᵀ over the tokens x of n sequences; absent without calibration data. */
  loss?: number;
  /** Loss as a share of ½ tr(W H Wᵀ): the mean square of the output's error, relative to the output's. */
  relativeLoss?: number;
  /** Where bits were allocated: mean divergence of the answers with this layer alone rounded, in nats. */
  sensitivity?: number;
  /** Where it was measured: mean divergence of the answers with this layer alone compressed, in nats. */
  divergence?: number;
  /** What the Hessian was damped with at last, where the method has one. */
  damping?: number;
  /** Inputs that were zero on all calibration data. */
  deadInputs?: number;
  /** SHA-256 of the calibration data, in hex. */
  calibration?: string;
  /** What should be known before the result is trusted, in sentences. */
  warnings: string[];
}

/** How a layer is compressed. */
export interface LayerSettings {
  /** How. */
  method: MethodName;
  /** Sparsity and bits that the layer is to have. */
  target: Target;
  /** Name of the calibration data, where there are any. */
  hash: string | undefined;
  /** What its inputs are divided by, with those of the layers that share them. */
  scales: Float64Array | undefined;
  /** Large products by the engine or the GPU, where there is one and float32 is enough. */
  products: Products | undefined;
  /** The GPU whose kernels compress it, where they can. */
  gpu: Gpu | undefined;
  /** In what later layers see it. */
  precision: "float32" | "float64";
}

/** Scales of the inputs that these layers share, where the method has any. */
export async function scalesOf(
  layers: readonly LinearLayer[],
  { graph }: Model,
  [inputs, ...others]: readonly InputStatistics[],
  { method, targets, products }: {
    method: MethodName;
    targets: ReadonlyMap<string, Target>;
    products: Products | undefined;
  },
): Promise<Float64Array | undefined> {
  if (others.length > 0) return undefined; // each group of a convolution has its own
  return await METHODS[method].together?.(layers.map((layer) => {
    const { weight: name, rows, columns } = layer;
    const weight = readMatrix(layer, graph.initializers.get(name) as Tensor);
    return { matrix: { name, weight, rows, columns, inputs, products }, target: targets.get(name)! };
  }));
}

/** Compresses a layer's matrix, or group by group those of a convolution. */
export async function compressLayer(
  layer: LinearLayer,
  before: Tensor,
  inputs: readonly InputStatistics[] | undefined,
  settings: LayerSettings,
): Promise<KeptLayer<LayerReport>> {
  const { rows, columns, groups } = layer;
  const weight = readMatrix(layer, before);
  const { products, gpu, target, scales } = settings;
  const method = METHODS[settings.method];
  const count = method.groups === "one" ? 1 : groups;
  const size = weight.length / count;
  const parts: Compressed[] = [];
  for (let group = 0; group < count; group++) {
    const own = weight.subarray(group * size, (group + 1) * size);
    const name = layer.weight;
    const matrix = { name, weight: own, rows: rows / count, columns, products, inputs: inputs?.[group] };
    const wanted = method.groups === "carried" && groups > 1 ? carriedTarget(target, size, group) : target;
    const there = gpu && await method.onGpu?.(gpu, matrix, wanted);
    parts.push(there ?? await method.run(matrix, wanted, scales));
  }
  const result = new Float64Array(weight.length);
  parts.forEach((part, group) => result.set(part.weight, group * size));
  // Later layers see the weights as they are stored.
  const after = settings.precision === "float64"
    ? result
    : before.type === "float32"
    ? Float64Array.from(Float32Array.from(result))
    : readMatrix(layer, writeMatrix(layer, result, before));
  return {
    weight: after,
    grids: parts.flatMap(({ grid }) => grid ? [grid] : []),
    report: await reportOf(layer, { before: weight, after, inputs, parts }, settings),
  };
}

/** A group's part of a sparsity: whole weights, so that all groups up to it have as many as was asked for. */
function carriedTarget(target: Target, size: number, group: number): Target {
  if (target.referenceCompatible) return target;
  const upTo = (groups: number) => Math.round(target.sparsity * size * groups);
  return { ...target, sparsity: (upTo(group + 1) - upTo(group)) / size };
}

async function reportOf(
  { weight: name, rows, columns, groups }: LinearLayer,
  { before, after, inputs, parts }: {
    before: Float64Array;
    after: Float64Array;
    inputs: readonly InputStatistics[] | undefined;
    parts: readonly Compressed[];
  },
  { method, target, hash, products }: LayerSettings,
): Promise<LayerReport> {
  // What rounding makes zero is a level like any other.
  const isSparse = target.sparsity > 0 || target.pattern !== undefined || target.bits === undefined;
  let zeros = 0;
  for (let i = 0; i < after.length; i++) zeros += Number(after[i] === 0);
  const report: LayerReport = withoutUndefined({
    weight: name,
    rows,
    columns,
    method,
    bits: target.bits,
    groupSize: target.groupSize,
    sparsity: isSparse ? zeros / after.length : undefined,
    warnings: [] as string[],
  });
  const damping = Math.max(...parts.map((part) => part.damping ?? -1));
  if (damping >= 0) report.damping = damping;
  if (damping > target.damping) {
    report.warnings.push(
      `The Hessian was not positive definite with damping ${target.damping}: it took ${damping}; calibrate on more data`,
    );
  }
  if (!inputs) return report;
  const size = before.length / groups;
  let [lost, all, dead] = [0, 0, 0];
  for (const [group, { gram, sequences }] of inputs.entries()) {
    const [from, to] = [group * size, (group + 1) * size];
    // Where that is much work, a sweep's own loss will do.
    const known = products?.isWorth(size * columns) ? parts[group]?.loss : undefined;
    lost += known ??
      await outputSquares(difference(before, after, [from, to]), gram, columns, products) / sequences;
    all += await outputSquares(before.subarray(from, to), gram, columns, products) / sequences;
    for (let j = 0; j < columns; j++) dead += Number(gram[j * columns + j] === 0);
  }
  Object.assign(report, {
    loss: lost,
    relativeLoss: all > 0 ? lost / all : 0,
    deadInputs: dead,
    calibration: hash!,
  });
  const tokens = inputs[0]!.tokens;
  if (damping >= 0 && tokens < columns) {
    report.warnings.push(
      `${tokens} calibration tokens for ${columns} inputs: the Hessian has no full rank; give more data`,
    );
  }
  return report;
}

/** What a part of one matrix has more than that of another. */
function difference(
  a: Float64Array,
  b: Float64Array,
  [from, to]: readonly [from: number, to: number],
): Float64Array {
  const result = a.slice(from, to);
  for (let i = 0; i < result.length; i++) result[i]! -= b[from + i]!;
  return result;
}
