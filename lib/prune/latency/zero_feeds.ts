import { RangeError, TypeError } from "../../errors.ts";
import { limits, raised } from "../../limits.ts";
import { type Dim, type Shape, substituteDim } from "../../onnx/dim.ts";
import type { Graph, Model } from "../../onnx/model.ts";
import { fedInputs } from "../../onnx/topology.ts";
import { emptyRecord, own } from "../../own.ts";
import { quoted } from "../../printable.ts";
import type { Tensors } from "../../runtime/runtime.ts";
import { storage } from "../../tensor/element_types.ts";
import { type DataType, sizeOf, type Tensor, tensorOf, type TensorType } from "../../tensor/tensor.ts";

/** Sizes of what a model is fed with, where it leaves them open. */
export interface FedSizes {
  /** Size of inputs' leading dimension. Default 1. */
  batch?: number | undefined;
  /** Sizes of whole inputs. */
  inputShapes?: Readonly<Record<string, Shape>> | undefined;
}

/**
 * Zeros for all inputs of a model, and how many examples they are: the leading size of its inputs.
 *
 * @throws TypeError where a size is not known; RangeError where a batch is asked for that the model does not
 * leave open, or an input is too large
 */
export function zeroFeeds({ graph }: Model, sizes: FedSizes): { feeds: Tensors; batch: number } {
  const { inputShapes = {} } = sizes;
  const batch = fedBatch(graph, sizes);
  const feeds: Tensors = emptyRecord();
  const names = new Map<string, Dim>();
  for (const name of fedInputs(graph)) {
    const { shape: declared, type } = graph.values.get(name) ?? {};
    const shape = own(inputShapes, name) ?? declared;
    if (typeof shape?.[0] === "string") names.set(shape[0], batch);
    const dims = shape?.map((dim) => substituteDim(dim, names));
    if (!dims?.every((dim) => typeof dim === "number")) {
      throw new TypeError(
        `Cannot measure latency: input "${name}" has shape [${declared?.join(", ") ?? "unknown"}]; ` +
          `give its sizes in inputShapes`,
      );
    }
    const sizes = dims as number[];
    if (sizeOf(sizes) > limits().parameters) {
      throw new RangeError(
        `Cannot measure latency: input ${quoted(name)} has shape [${sizes.join(", ")}], more than ` +
          `${limits().parameters} numbers; give smaller sizes in inputShapes, or ${raised("parameters")}`,
      );
    }
    feeds[name] = zeros(name, type, sizes);
  }
  return { feeds, batch };
}

/**
 * The leading size of a model's inputs: what is asked for where one of them leaves it open, else what the
 * first of them fixes.
 *
 * @throws RangeError where another one is asked for than all of them fix
 */
export function fedBatch(graph: Graph, { batch, inputShapes = {} }: FedSizes): number {
  const shapes = fedInputs(graph).flatMap((name) => {
    const shape = own(inputShapes, name) ?? graph.values.get(name)?.shape;
    return shape?.length ? [{ name, shape }] : [];
  });
  const [first] = shapes;
  const size = first?.shape[0];
  if (typeof size !== "number" || shapes.some(({ shape }) => typeof shape[0] === "string")) return batch ?? 1;
  if (batch === undefined || batch === size) return size;
  throw new RangeError(
    `Cannot measure latency with batch ${batch}: expected ${size}, as input ${quoted(first!.name)} is ` +
      `[${first!.shape.join(", ")}]; leave batch out, or measure a model that leaves it open`,
  );
}

/** Zeros for an input of any type that has them as an array. */
function zeros(name: string, type: DataType = "float32", dims: readonly number[]): Tensor {
  const { array } = storage[type];
  if (!array) {
    throw new TypeError(
      `Cannot measure latency: input ${quoted(name)} is ${type}, which cannot be fed from here; ` +
        "measure a model that takes another type, such as float32",
    );
  }
  return tensorOf(type as TensorType, new (array as Float32ArrayConstructor)(sizeOf(dims)), dims);
}
