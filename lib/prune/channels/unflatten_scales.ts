import { freeName } from "../../onnx/free_name.ts";
import type { Model, Node } from "../../onnx/model.ts";
import { operatorOf } from "../../onnx/operators/table.ts";
import { consumers } from "../../onnx/topology.ts";
import { type AnyTensor, isTensor, Tensor } from "../../tensor/tensor.ts";

const isProduct = (node: Node): boolean => operatorOf(node) === "com.microsoft:MatMulNBits";

/** Inputs of a MatMulNBits with its scales and its zero points. */
const SCALES: readonly number[] = [2, 3];

/**
 * Gives the scales and zero points of MatMulNBits the shape [N, blocks] where they are stored as one vector,
 * row behind row, or with an axis of one behind: the same numbers, in which an output feature and a block
 * each have an axis to leave along.
 *
 * Exporters store equal tensors once, so layers of different shapes may read one vector. What layers with
 * codes of their own share, or share with another reader, is copied for each.
 */
export function unflattenScales(model: Model): Model {
  const { graph } = model;
  if (!graph.nodes.some(isProduct)) return model;
  const uses = consumers(graph);
  const [initializers, values] = [new Map(graph.initializers), new Map(graph.values)];
  const taken = new Set([...initializers.keys(), ...values.keys(), ...graph.inputs]);
  for (const node of graph.nodes) for (const output of node.outputs) taken.add(output);
  /** The tensor for each reader, by the name it had and the codes that it is of. */
  const copies = new Map<string, string>();
  const copyFor = (name: string, codes: string): string => {
    const dims = rowsOf(graph.initializers.get(name), graph.initializers.get(codes)?.dims[0]);
    if (!dims) return name;
    const key = JSON.stringify([name, codes]);
    let own = copies.get(key);
    if (own !== undefined) return own;
    const readers = uses.get(name) ?? [];
    const others = graph.outputs.includes(name) ||
      readers.some(({ node, index }) => !isProduct(node) || !SCALES.includes(index!));
    const first = readers[0]?.node.inputs[1] === codes;
    own = !others && first ? name : freeName(taken, `${name}.${copies.size + 1}`);
    copies.set(key, own);
    const { type, data } = graph.initializers.get(name) as Tensor;
    initializers.set(own, new Tensor(type, data as never, dims));
    const declared = values.get(name);
    if (declared) values.set(own, { ...declared, shape: dims });
    return own;
  };
  const nodes = graph.nodes.map((node) =>
    isProduct(node)
      ? {
        ...node,
        inputs: node.inputs.map((name, i) => SCALES.includes(i) ? copyFor(name, node.inputs[1] ?? "") : name),
      }
      : node
  );
  return model.withGraph({ ...graph, nodes, initializers, values });
}

/** The shape of scales as rows of blocks, where their number fits. */
function rowsOf(tensor: AnyTensor | undefined, rows: number | undefined): number[] | undefined {
  if (!rows || !tensor || !isTensor(tensor) || tensor.size % rows !== 0) return undefined;
  return [rows, tensor.size / rows];
}
