import assert from "node:assert/strict";
import { type Dim, isStatic, type Shape, substituteDim, unknownsOf } from "../../lib/onnx/dim.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import { Model, type ValueInfo } from "../../lib/onnx/model.ts";
import { type DataType, sizeOf, Tensor, type TensorType } from "../../lib/tensor/tensor.ts";
import { runNative } from "./run_native.ts";

/** Sizes of unknowns, by name. */
export type Sizes = Readonly<Record<string, number>>;

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** Numbers, by element type, that no operator objects to: whole ones are 1, which any index or divisor may be. */
function filled(type: DataType, dims: readonly number[]): Tensor {
  const size = sizeOf(dims);
  if (type === "int64") return new Tensor(type, new BigInt64Array(size).fill(1n), dims);
  const array = ARRAYS[type as keyof typeof ARRAYS];
  assert.ok(array, `no test values of type ${type}`);
  const at = (i: number) => type.startsWith("float") ? (i * 7 + 3) % 5 + 1 : 1;
  return new Tensor(type as TensorType, array.from(Array.from({ length: size }, (_, i) => at(i))), dims);
}

/** Feeds for all inputs of a model, with unknowns of the given sizes. */
export function feedsOf({ graph }: Model, sizes: Sizes): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (const name of graph.inputs) {
    if (graph.initializers.has(name)) continue;
    const { type, shape } = graph.values.get(name)!;
    feeds[name] = filled(type!, shape!.map((dim) => numberOf(dim, sizes)));
  }
  return feeds;
}

function numberOf(dim: Dim, sizes: Sizes): number {
  const value = substituteDim(dim, new Map(Object.entries(sizes)));
  assert.equal(typeof value, "number", `"${dim}" has unknowns beyond ${Object.keys(sizes)}`);
  return value as number;
}

/** The model with every intermediate tensor as an output, and nothing declared but its inputs. */
export function exposed({ graph, info }: Model): Model {
  const outputs = graph.nodes.flatMap((node) => node.outputs).filter((name) =>
    name !== "" && graph.values.get(name)?.opaque === undefined
  );
  const values = new Map<string, ValueInfo>();
  for (const name of graph.inputs) values.set(name, graph.values.get(name)!);
  return new Model({ ...graph, outputs, values }, info);
}

/** What a comparison found, for tests that expect more than agreement. */
export interface Found {
  /** Values whose shape follows completely from the inputs. */
  complete: number;
  /** Values with a dimension that depends on data, or without a shape. */
  partial: string[];
}

/**
 * Runs a model in ONNX Runtime with all its values as outputs, and asserts that every one of them has the
 * type and the shape that was inferred from its inputs alone: with their unknowns, and with their real sizes.
 */
export async function assertInferred(
  model: Model,
  sizes: Sizes,
  feeds: Record<string, Tensor> = feedsOf(model, sizes),
): Promise<Found> {
  const all = exposed(model);
  const inferred = inferShapes(all).graph.values;
  const inputShapes = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
  const sized = inferShapes(all, { inputShapes }).graph.values;
  const real = await runNative(all, feeds);
  const found: Found = { complete: 0, partial: [] };
  for (const [name, tensor] of Object.entries(real)) {
    const { type, shape } = inferred.get(name) ?? {};
    if (!(tensor instanceof Object) || tensor.dims === undefined) continue;
    if (type !== undefined) assert.equal(type, tensor.type, `type of "${name}"`);
    const known = sized.get(name)?.shape;
    if (known) agree(known, tensor.dims, {}, name);
    if (shape === undefined) found.partial.push(name);
    else if (agree(shape, tensor.dims, sizes, name)) {
      assert.ok(isStatic(known), `"${name}" is known with unknowns, but not with numbers`);
      found.complete++;
    } else found.partial.push(name);
  }
  return found;
}

/** Whether all dimensions are known; throws where a known one is wrong. */
function agree(shape: Shape, dims: readonly number[], sizes: Sizes, name: string): boolean {
  const what = `shape of "${name}": inferred [${shape.join(", ")}], really [${dims}] with ${
    JSON.stringify(sizes)
  }`;
  assert.equal(shape.length, dims.length, what);
  let complete = true;
  shape.forEach((dim, i) => {
    if (unknownsOf(dim).every((unknown) => unknown in sizes)) {
      assert.equal(numberOf(dim, sizes), dims[i], what);
    } else complete = false;
  });
  return complete;
}
