import { operatorOf, type OpName } from "../onnx/operators/table.ts";
import type { Model } from "../onnx/model.ts";
import { consumers } from "../onnx/topology.ts";
import type { Runtime, Session, SessionOptions, Tensors } from "../runtime/runtime.ts";
import { type AnyTensor, Tensor } from "../tensor/tensor.ts";

/** Tensors below this many numbers stay in the graph. */
const FEW = 2 ** 14;

/** What reads numbers as they lie, whether they are known when a model is loaded or not. */
const READERS: ReadonlySet<string> = new Set<OpName>(["Gemm", "MatMul", "Gather"]);

/**
 * A model whose large matrices are inputs, and the tensors that these are fed with.
 *
 * An engine copies what lies in a model's graph: into its message, into its own memory, and once more in the
 * order in which it multiplies. What is fed to the native engine lies in memory once, however many sessions
 * read it, and a message of a graph without weights is never larger than the 2 GB that a message may have.
 *
 * @param stays which tensors stay in the graph all the same
 */
export function feedWeights(
  model: Model,
  stays: (tensor: Tensor) => boolean = () => false,
): { model: Model; weights: Tensors } {
  const readers = consumers(model.graph);
  const isFed = (name: string, tensor: AnyTensor): tensor is Tensor =>
    tensor instanceof Tensor && (tensor.type === "float32" || tensor.type === "float16") &&
    tensor.size >= FEW && !stays(tensor) &&
    (readers.get(name) ?? []).every(({ node }) => READERS.has(operatorOf(node))) &&
    !model.graph.outputs.includes(name);
  const weights: Tensors = {};
  const kept = new Map<string, AnyTensor>();
  const values = new Map(model.graph.values);
  for (const [name, tensor] of model.graph.initializers) {
    if (!isFed(name, tensor)) {
      kept.set(name, tensor);
      continue;
    }
    weights[name] = tensor;
    values.set(name, { type: tensor.type, shape: tensor.dims });
  }
  const inputs = [...new Set([...model.graph.inputs, ...Object.keys(weights)])];
  return { model: model.withGraph({ ...model.graph, inputs, values, initializers: kept }), weights };
}

/** Loads a model; into the native engine without its large matrices, which each run is fed with. */
export async function sessionOf(
  runtime: Runtime,
  model: Model,
  options: SessionOptions = {},
): Promise<Session> {
  if (runtime.engine !== "native") return await runtime.session(model, options);
  const fed = feedWeights(model);
  const session = await runtime.session(fed.model, options);
  return { ...session, run: (feeds) => session.run({ ...fed.weights, ...feeds }) };
}
