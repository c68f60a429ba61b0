import { WHOLE_NUMBERS } from "../../compress/codes/matmul_nbits.ts";
import { declareWeights } from "../../nn/weights.ts";
import { type AttributeLike, toAttributes } from "../../onnx/attribute.ts";
import { operatorOf } from "../../onnx/operators/table.ts";
import { Model, type Node } from "../../onnx/model.ts";
import { type AnyTensor, int64, Tensor } from "../../tensor/tensor.ts";
import { BLOCK, type PackedMatrix } from "./packed.ts";

/** The tensors of a packed matrix, by the names that the graph has for them. */
export function packedTensors(
  weight: string,
  { rows, columns, bits, codes, scales, offsets }: PackedMatrix,
): Record<string, Tensor> {
  const blocks = columns / BLOCK;
  const tensors: Record<string, Tensor> = {
    [`${weight}.codes`]: new Tensor("uint8", codes, [rows, blocks, BLOCK * bits / 8]),
    [`${weight}.scales`]: new Tensor("float32", scales, [rows, blocks]),
  };
  if (offsets) tensors[`${weight}.offsets`] = new Tensor("float32", offsets, [rows, blocks]);
  return tensors;
}

/**
 * A decoder's graph in which layers with packed weights are MatMulNBits of ONNX Runtime: the weights stay in
 * their codes, in memory and in the engine. Native code multiplies whole numbers: inputs are rounded, in each
 * block of 32 to multiples of its largest / 127, as llama.cpp does; other engines take inputs as they are.
 * Rows of a table that are looked up are exact.
 */
export function withPacked(model: Model, packed: Readonly<Record<string, PackedMatrix>>): Model {
  const initializers = new Map<string, AnyTensor>(model.graph.initializers);
  const names = new Set<string>();
  const nodes: Node[] = [];
  const parts: Parts = { nodes, initializers, sums: new Map() };
  for (const node of model.graph.nodes) {
    const [first, second, bias = ""] = node.inputs as [string, string, string | undefined];
    const [output] = node.outputs as [string];
    const operator = operatorOf(node);
    const weight = operator === "Gather" ? first : operator === "Gemm" ? second : "";
    if (!Object.hasOwn(packed, weight)) {
      nodes.push(node);
      continue;
    }
    const matrix = packed[weight]!;
    names.add(weight);
    for (const [name, tensor] of Object.entries(packedTensors(weight, matrix))) {
      initializers.set(name, tensor);
    }
    if (operator === "Gather") addRows({ ids: second, weight, output }, matrix, parts);
    else addLayer({ x: first, weight, bias, output }, matrix, parts);
  }
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  for (const name of names) if (!read.has(name)) initializers.delete(name);
  const info = { ...model.info, opsets: { ...model.info.opsets, "com.microsoft": 1 } };
  const constants = [...names].flatMap((weight) => [`${weight}.scales`, `${weight}.offsets`])
    .filter((name) => initializers.has(name));
  return declareWeights(
    new Model({ ...model.graph, nodes, initializers }, info),
    Object.fromEntries(constants.map((name) => [name, "constant"])),
  );
}

/** What a graph is made of. */
interface Parts {
  nodes: Node[];
  initializers: Map<string, AnyTensor>;
  /** The sums of the blocks of layers' inputs, which all that read an input share. */
  sums: Map<string, string>;
}

/** Adds nodes and constants that are named after a value. */
const namedAfter = (value: string, { nodes, initializers }: Parts) => ({
  add(op: string, inputs: string[], part: string, attributes: Record<string, AttributeLike> = {}): string {
    nodes.push({ op, inputs, outputs: [`${value}${part}`], attributes: toAttributes(attributes) });
    return `${value}${part}`;
  },
  store(part: string, tensor: Tensor): string {
    initializers.set(`${value}${part}`, tensor);
    return `${value}${part}`;
  },
});

/** Adds the nodes of a layer. */
function addLayer(
  { x, weight, bias, output }: Record<"x" | "weight" | "bias" | "output", string>,
  { rows, columns, bits, offsets }: PackedMatrix,
  parts: Parts,
): void {
  const { add } = namedAfter(output, parts);
  const product = !offsets && bias === "" ? output : `${output}.product`;
  parts.nodes.push({
    op: "MatMulNBits",
    domain: "com.microsoft",
    inputs: [x, `${weight}.codes`, `${weight}.scales`],
    outputs: [product],
    attributes: toAttributes({
      K: columns,
      N: rows,
      bits,
      block_size: BLOCK,
      accuracy_level: WHOLE_NUMBERS,
    }),
  });
  let sum = product;
  if (offsets) {
    const inputs = [blockSums(x, columns, parts), `${weight}.offsets`, product];
    sum = add("Gemm", inputs, bias === "" ? "" : ".sum", { transB: 1 });
  }
  if (bias !== "") add("Add", [sum, bias], "");
}

/** The sums of the blocks of a layer's input. */
function blockSums(x: string, columns: number, parts: Parts): string {
  const known = parts.sums.get(x);
  if (known !== undefined) return known;
  const { add, store } = namedAfter(x, parts);
  const shape = store(".inBlocks", int64([-1, columns / BLOCK, BLOCK]));
  const cut = add("Reshape", [x, shape], ".blocks");
  const sums = add("ReduceSum", [cut, store(".last", int64([2]))], ".sums", { keepdims: 0 });
  parts.sums.set(x, sums);
  return sums;
}

/** Adds the nodes that look rows up: codes, less that of zero, times the scales of blocks, and offsets. */
function addRows(
  { ids, weight, output }: Record<"ids" | "weight" | "output", string>,
  { columns, bits, offsets }: PackedMatrix,
  parts: Parts,
): void {
  const { add, store } = namedAfter(output, parts);
  const last = store(".last", int64([-1]));
  const perBlock = (part: string) =>
    add("Unsqueeze", [add("Gather", [`${weight}${part}`, ids], `${part}.rows`), last], part);
  let codes = add("Gather", [`${weight}.codes`, ids], ".codes");
  if (bits === 4) {
    const bits = (value: number, part: string) => store(part, new Tensor("uint8", Uint8Array.of(value), []));
    const low = add("BitwiseAnd", [codes, bits(15, ".fifteen")], ".low");
    const high = add("BitShift", [codes, bits(4, ".four")], ".high", { direction: "RIGHT" });
    const apart = [low, high].map((half, i) => add("Unsqueeze", [half, last], `.apart.${i}`));
    codes = add("Concat", apart, ".joined", { axis: -1 });
  }
  const numbers = add("Cast", [codes], ".numbers", { to: 1 });
  const inBlocks = store(".inBlocks", int64([0, 0, columns / BLOCK, BLOCK]));
  const shaped = add("Reshape", [numbers, inBlocks], ".shaped");
  const zero = store(".zero", new Tensor("float32", Float32Array.of(2 ** (bits - 1)), []));
  let value = add("Mul", [add("Sub", [shaped, zero], ".centred"), perBlock(".scales")], ".scaled");
  if (offsets) value = add("Add", [value, perBlock(".offsets")], ".sum");
  add("Reshape", [value, store(".columns", int64([0, 0, columns]))], "");
}
