import ort from "npm:onnxruntime-node@1.30.0";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import { type Model, OPSET } from "../../../lib/onnx/model.ts";
import { sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { type Random, seededRandom } from "../../../lib/random.ts";
import { assertClose, CENTRAL_DIFFERENCE, REORDERED_FLOAT32, type Tolerance } from "../../close.ts";

/** A float32 gradient against central differences of a float64 reference. */
export const FLOAT32_GRADIENT: Tolerance = { absolute: 1e-4, relative: 1e-3 };

/** Numbers with a shape. */
export interface Numbers {
  dims: number[];
  data: number[];
}

/** Numbers between `low` and `high`, by default of both signs and at least 0.1 from zero. */
export function numbers(dims: number[], { seed = 1, low = -2, high = 2, gap = 0.1 } = {}): Numbers {
  const random = seededRandom(seed, ...dims);
  return { dims, data: Array.from({ length: sizeOf(dims) }, () => awayFromZero(random, low, high, gap)) };
}

function awayFromZero(random: Random, low: number, high: number, gap: number): number {
  for (;;) {
    const value = random.uniform(low, high);
    if (Math.abs(value) >= gap) return value;
  }
}

/** Numbers that differ from each other by at least 0.1, in random order: no ties for Max or TopK. */
export function distinct(dims: number[], seed = 1): Numbers {
  const order = [...seededRandom(seed).permutation(sizeOf(dims))];
  return { dims, data: order.map((rank, i) => (rank - order.length / 2) * 0.2 + 0.02 * Math.sin(i) + 0.07) };
}

export interface CheckOptions {
  /** Names of the inputs to differentiate; default all. */
  wrt?: string[];
  /** Input shapes as declared in the graph, by name, where they differ from the real ones (`["N", 3]`). */
  declared?: Record<string, (number | string)[]>;
  /**
   * The operator in plain TypeScript, from the inputs to the output, flattened. With it the graph is built in
   * float32, for operators that ONNX Runtime has no float64 kernel for.
   */
  reference?: (...inputs: number[][]) => number[];
  tolerance?: Tolerance;
  /** Operator set. Default: the one that graphs are built in. */
  opset?: number;
}

type Build = (g: GraphBuilder, ...x: Value[]) => Value;

/**
 * Checks the gradient of Σ r·build(x), with random r, against central differences, element by element.
 */
export async function checkGradient(
  build: Build,
  inputs: Record<string, Numbers>,
  options: CheckOptions = {},
): Promise<void> {
  const { wrt = Object.keys(inputs), reference, declared = {} } = options;
  const opsets = { "": options.opset ?? OPSET, "com.microsoft": 1 };
  const type = reference ? "float32" : "float64";
  const tolerance = options.tolerance ?? (reference ? FLOAT32_GRADIENT : CENTRAL_DIFFERENCE);
  const g = new GraphBuilder("check", opsets);
  const names = Object.keys(inputs);
  const x = names.map((name) => g.input(name, type, declared[name] ?? inputs[name]!.dims));
  const y = build(g, ...x);
  const forward = new GraphBuilder(g.graph(), opsets);
  forward.output(y, "result");
  const result = (await run(forward.model(), feedsOf(inputs, type))).result!;
  const shape = result.dims;
  if (reference) {
    const plain = reference(...names.map((name) => inputs[name]!.data));
    assertClose(result.data as Float32Array, plain, REORDERED_FLOAT32, "the plain operator");
  }
  const weights = numbers([...shape], { seed: 99 }).data;
  const r = g.constant(tensor(type, weights, shape));
  const loss = g.reduceSum(g.mul(y, r), undefined, { keepdims: false });
  const found = backward(g, loss, wrt);
  for (const name of wrt) g.output(found[name]!, `d_${name}`);
  const gradients = await run(g.model(), feedsOf(inputs, type));

  const evaluate = reference
    ? (at: Record<string, Numbers>) => Promise.resolve(reference(...names.map((name) => at[name]!.data)))
    : await evaluator(forward.model());
  for (const name of wrt) {
    const expected = await centralDifferences(evaluate, inputs, name, weights);
    const actual = gradients[`d_${name}`]!;
    if (actual.dims.join() !== inputs[name]!.dims.join()) {
      throw new Error(`d ${name} has shape [${actual.dims}], expected [${inputs[name]!.dims}]`);
    }
    assertClose(actual.data as Float64Array, expected, tolerance, `d ${name}`);
  }
}

const STEP = 1e-5;

type Evaluate = (at: Record<string, Numbers>) => Promise<ArrayLike<number>>;

async function centralDifferences(
  evaluate: Evaluate,
  inputs: Record<string, Numbers>,
  name: string,
  weights: number[],
): Promise<number[]> {
  const { dims, data } = inputs[name]!;
  const slopes: number[] = [];
  for (let i = 0; i < data.length; i++) {
    const [low, high] = [await moved(i, -STEP), await moved(i, STEP)];
    // Subtracting before summing keeps the digits that a large sum would lose.
    slopes.push(weights.reduce((sum, weight, j) => sum + weight * (high[j]! - low[j]!), 0) / (2 * STEP));
  }
  return slopes;

  function moved(i: number, by: number): Promise<ArrayLike<number>> {
    return evaluate({ ...inputs, [name]: { dims, data: data.with(i, data[i]! + by) } });
  }
}

async function evaluator(model: Model): Promise<Evaluate> {
  const session = await open(model);
  return async (at) => (await session.run(feedsOf(at, "float64") as never)).result!.data as Float64Array;
}

function tensor(type: "float32" | "float64", data: ArrayLike<number>, dims: readonly number[]): Tensor {
  return type === "float32"
    ? new Tensor(type, Float32Array.from(data), dims)
    : new Tensor(type, Float64Array.from(data), dims);
}

function feedsOf(inputs: Record<string, Numbers>, type: "float32" | "float64"): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { data, dims }]) => [name, tensor(type, data, dims)]),
  );
}

function open(model: Model): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(model.toOnnx(), {
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
}

/** Outputs of a model for given inputs, exactly as the graph is written. */
export async function run(model: Model, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await open(model);
  try {
    return await session.run(feeds as never) as unknown as Record<string, Tensor>;
  } finally {
    await session.release();
  }
}
