import type { GgmlType } from "../../formats/ggml/types.ts";
import { sixBits } from "../../formats/ggml/unpack_k.ts";
import { halfAt } from "../../formats/ggml/unpack_plain.ts";
import { declareWeights } from "../../nn/weights.ts";
import { toAttributes } from "../../onnx/attribute.ts";
import { operatorOf } from "../../onnx/operators/table.ts";
import { Model, type Node } from "../../onnx/model.ts";
import { type AnyTensor, int64, Tensor } from "../../tensor/tensor.ts";

/** A matrix in codes of 4 bits, as ONNX Runtime's MatMulNBits takes them: blocks of 32 along each row. */
export interface PackedMatrix {
  /** Rows: outputs of the layer. */
  readonly rows: number;
  /** Columns: inputs of the layer. */
  readonly columns: number;
  /** Codes whose sum is the matrix: one pass, or two for 8 bits. */
  readonly passes: readonly PackedPass[];
  /** Offset of all weights of a block, [rows, columns / 32]; none where that is 0. */
  readonly offsets?: Float32Array | undefined;
}

/** Weights scale · (code − zero). */
export interface PackedPass {
  /** Two codes a byte, the first in the low half: [rows, columns / 32, 16]. */
  readonly codes: Uint8Array;
  /** A scale for each block: [rows, columns / 32]. */
  readonly scales: Float32Array;
  /** The code of zero. */
  readonly zero: 0 | 8;
}

/** A matrix whose codes are read when they are wanted: they do not lie in memory. */
export interface PackedSource {
  /** Rows: outputs of the layer. */
  readonly rows: number;
  /** Columns: inputs of the layer. */
  readonly columns: number;
  /** Reads the codes. */
  read(): PackedMatrix;
  /** Reads the codes some rows at a time, so that never the whole matrix lies in memory. */
  pieces(): Iterable<PackedPiece>;
  /** A matrix of as many numbers, all of which are views of these zeros. */
  blank(zeros: ArrayBuffer): PackedMatrix;
}

/** Some rows of a matrix. */
export interface PackedPiece {
  /** The first of the rows. */
  readonly from: number;
  /** The rows, as a matrix. */
  readonly matrix: PackedMatrix;
}

const BLOCK = 32;

/** Weights that a piece has, about. */
const PIECE = 2 ** 20;

/** What blocks are unpacked into. */
interface Unpacked {
  readonly passes: readonly PackedPass[];
  readonly offsets: Float32Array;
}

/** How 32 weights are read: numbers go where they belong at once, each returned would be garbage. */
interface Layout {
  /** Bytes and runs of 32 of a block. */
  bytes: number;
  runs: number;
  /** For each pass the code of zero. */
  zeros: readonly (0 | 8)[];
  /** Whether weights have an offset. */
  hasOffsets?: true;
  /** Unpacks a run of the block that begins at byte `at`, as the 32 weights `to` of the matrix. */
  unpack(bytes: Uint8Array, at: number, run: number, out: Unpacked, to: number): void;
}

const f = Math.fround;

/** Puts halves of `2 · count` bytes, the lower ones or those `shift` bits higher, together by twos. */
const pairs =
  (shift: 0 | 4, count: number) => (bytes: Uint8Array, from: number, codes: Uint8Array, to: number): void => {
    for (let i = 0; i < count; i++) {
      codes[to + i] = bytes[from + 2 * i]! >> shift & 15 | (bytes[from + 2 * i + 1]! >> shift & 15) << 4;
    }
  };
const [low16, high16, low32, high32] = [pairs(0, 8), pairs(4, 8), pairs(0, 16), pairs(4, 16)];

/** 16 bytes with the first 16 codes in their lower halves, and the others in the higher ones. */
function halves(bytes: Uint8Array, from: number, codes: Uint8Array, to: number): void {
  low16(bytes, from, codes, to);
  high16(bytes, from, codes, to + 8);
}

/** The element types that 4-bit codes express exactly. */
const LAYOUTS: Readonly<Partial<Record<GgmlType, Layout>>> = {
  Q4_0: {
    bytes: 18,
    runs: 1,
    zeros: [8],
    unpack(b, at, _, { passes: [pass] }, to) {
      pass!.scales[to] = halfAt(b, at);
      halves(b, at + 2, pass!.codes, 16 * to);
    },
  },
  Q4_1: {
    bytes: 20,
    runs: 1,
    zeros: [0],
    hasOffsets: true,
    unpack(b, at, _, { passes: [pass], offsets }, to) {
      pass!.scales[to] = halfAt(b, at);
      offsets[to] = halfAt(b, at + 2);
      halves(b, at + 4, pass!.codes, 16 * to);
    },
  },
  Q4_K: {
    bytes: 144,
    runs: 8,
    zeros: [0],
    hasOffsets: true,
    unpack(b, at, run, { passes: [pass], offsets }, to) {
      const [scale, least] = sixBits(b, at + 4, run);
      pass!.scales[to] = f(halfAt(b, at) * scale);
      offsets[to] = -f(halfAt(b, at + 2) * least);
      (run & 1 ? high32 : low32)(b, at + 16 + 32 * (run >> 1), pass!.codes, 16 * to);
    },
  },
  // d·q = 16d·(high − 8) + d·low of q + 128.
  Q8_0: {
    bytes: 34,
    runs: 1,
    zeros: [8, 0],
    unpack(b, at, _, { passes: [high, low] }, to) {
      low!.scales[to] = halfAt(b, at);
      high!.scales[to] = 16 * low!.scales[to]!;
      low32(b, at + 2, low!.codes, 16 * to);
      high32(b, at + 2, high!.codes, 16 * to);
      for (let i = 16 * to; i < 16 * to + 16; i++) high!.codes[i]! ^= 0x88;
    },
  },
};

/** Blocks of a GGUF file as codes that the engine multiplies with; `undefined` for types it has none for. */
export function packedMatrix(
  blocks: Uint8Array,
  type: GgmlType,
  dims: readonly number[],
): PackedMatrix | undefined {
  const layout = LAYOUTS[type];
  if (!layout || dims.length !== 2) return undefined;
  const [rows, columns] = dims as [number, number];
  const count = rows * columns / BLOCK;
  const passes = layout.zeros.map((zero) => ({
    zero,
    codes: new Uint8Array(count * BLOCK / 2),
    scales: new Float32Array(count),
  }));
  const offsets = new Float32Array(layout.hasOffsets ? count : 0);
  const out = { passes, offsets };
  for (let i = 0; i < count; i++) {
    layout.unpack(blocks, Math.floor(i / layout.runs) * layout.bytes, i % layout.runs, out, i);
  }
  return { rows, columns, passes, offsets: layout.hasOffsets && offsets };
}

/**
 * A matrix of a GGUF file that stays in codes which the engine multiplies with; `undefined` for types it has
 * none for.
 *
 * @param blocks reads the blocks of rows, up to the second, into memory of their own
 * @param together how many rows at least are read at once
 */
export function packedSource(
  blocks: (from: number, to: number) => Uint8Array<ArrayBuffer>,
  type: GgmlType,
  dims: readonly number[],
  together = 1,
): PackedSource | undefined {
  const layout = LAYOUTS[type];
  if (!layout || dims.length !== 2) return undefined;
  const [rows, columns] = dims as [number, number];
  const count = rows * columns / BLOCK;
  const read = (from: number, to: number): PackedMatrix => {
    const bytes = blocks(from, to);
    const matrix = packedMatrix(bytes, type, [to - from, columns])!;
    bytes.buffer.transfer(0); // gives its memory back now
    return matrix;
  };
  const step = together * Math.max(1, Math.round(PIECE / columns / together));
  return {
    rows,
    columns,
    read: () => read(0, rows),
    *pieces() {
      for (let from = 0; from < rows; from += step) {
        yield { from, matrix: read(from, Math.min(from + step, rows)) };
      }
    },
    blank: (zeros) => ({
      rows,
      columns,
      passes: layout.zeros.map((zero) => ({
        zero,
        codes: new Uint8Array(zeros, 0, count * BLOCK / 2),
        scales: new Float32Array(zeros, 0, count),
      })),
      offsets: layout.hasOffsets && new Float32Array(zeros, 0, count),
    }),
  };
}

/** The tensors of a packed matrix, by the names that the graph has for them. */
export function packedTensors(
  weight: string,
  { rows, columns, passes, offsets }: PackedMatrix,
): Record<string, Tensor> {
  const blocks = columns / BLOCK;
  const tensors: Record<string, Tensor> = {};
  passes.forEach(({ codes, scales }, pass) => {
    tensors[`${weight}.codes.${pass}`] = new Tensor("uint8", codes, [rows, blocks, BLOCK / 2]);
    tensors[`${weight}.scales.${pass}`] = new Tensor("float32", scales, [rows, blocks]);
  });
  if (offsets) tensors[`${weight}.offsets`] = new Tensor("float32", offsets, [rows, blocks]);
  return tensors;
}

/**
 * A decoder's graph in which layers with packed weights are MatMulNBits of ONNX Runtime: the weights stay in
 * their codes, in memory and in the engine, and products are those of float32.
 */
export function withPacked(model: Model, packed: Readonly<Record<string, PackedMatrix>>): Model {
  const initializers = new Map<string, AnyTensor>(model.graph.initializers);
  const names = new Set<string>();
  const nodes = model.graph.nodes.flatMap((node): Node[] => {
    const [first, weight, bias] = node.inputs as [string, string, string | undefined];
    const operator = operatorOf(node);
    if (operator === "Gather" && Object.hasOwn(packed, first)) {
      names.add(first);
      return rows({ ids: weight, weight: first, output: node.outputs[0]! }, packed[first]!, initializers);
    }
    if (operator !== "Gemm" || !Object.hasOwn(packed, weight)) return [node];
    names.add(weight);
    const place = { x: first, weight, bias, output: node.outputs[0]! };
    return layer(place, packed[weight]!, initializers);
  });
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  for (const name of names) if (!read.has(name)) initializers.delete(name);
  const info = { ...model.info, opsets: { ...model.info.opsets, "com.microsoft": 1 } };
  const constants = [...initializers.keys()].filter((name) =>
    [...names].some((weight) => name.startsWith(`${weight}.scales.`) || name === `${weight}.offsets`)
  );
  return declareWeights(
    new Model({ ...model.graph, nodes, initializers }, info),
    Object.fromEntries(constants.map((name) => [name, "constant"])),
  );
}

/** The nodes of a layer, whose tensors are put among the others. */
function layer(
  { x, weight, bias, output }: { x: string; weight: string; bias: string | undefined; output: string },
  matrix: PackedMatrix,
  initializers: Map<string, AnyTensor>,
): Node[] {
  const { rows, columns, passes, offsets } = matrix;
  const blocks = columns / BLOCK;
  for (const [name, tensor] of Object.entries(packedTensors(weight, matrix))) initializers.set(name, tensor);
  const store = (part: string, tensor: Tensor): string => {
    initializers.set(`${weight}.${part}`, tensor);
    return `${weight}.${part}`;
  };
  const nodes: Node[] = [];
  const terms = passes.map(({ zero }, pass) => {
    const zeros = zero === 8 ? [] : [
      store(
        "zeros",
        new Tensor("uint8", new Uint8Array(rows * Math.ceil(blocks / 2)), [rows * Math.ceil(blocks / 2)]),
      ),
    ];
    const inputs = [
      x,
      `${weight}.codes.${pass}`,
      `${weight}.scales.${pass}`,
      ...zeros,
    ];
    const attributes = toAttributes({ K: columns, N: rows, bits: 4, block_size: BLOCK });
    nodes.push({
      op: "MatMulNBits",
      domain: "com.microsoft",
      inputs,
      outputs: [`${output}.${pass}`],
      attributes,
    });
    return `${output}.${pass}`;
  });
  if (offsets) {
    const shape = store("shape", int64([-1, blocks, BLOCK]));
    const axis = store("axis", int64([2]));
    const [cut, sums, more] = ["cut", "sums", "more"].map((part) => `${output}.${part}`) as [
      string,
      string,
      string,
    ];
    nodes.push(
      { op: "Reshape", inputs: [x, shape], outputs: [cut], attributes: {} },
      { op: "ReduceSum", inputs: [cut, axis], outputs: [sums], attributes: toAttributes({ keepdims: 0 }) },
      {
        op: "Gemm",
        inputs: [sums, `${weight}.offsets`],
        outputs: [more],
        attributes: toAttributes({ transB: 1 }),
      },
    );
    terms.push(more);
  }
  if (bias !== undefined && bias !== "") terms.push(bias);
  if (terms.length === 1) return nodes.map((node) => ({ ...node, outputs: [output] }));
  terms.slice(1).forEach((term, i) => {
    const last = i === terms.length - 2;
    nodes.push({
      op: "Add",
      inputs: [i === 0 ? terms[0]! : `${output}.sum${i}`, term],
      outputs: [last ? output : `${output}.sum${i + 1}`],
      attributes: {},
    });
  });
  return nodes;
}

/** The nodes that look rows up: their codes, taken apart, times the scales of their blocks, and offsets. */
function rows(
  { ids, weight, output }: { ids: string; weight: string; output: string },
  matrix: PackedMatrix,
  initializers: Map<string, AnyTensor>,
): Node[] {
  const { columns, passes, offsets } = matrix;
  const blocks = columns / BLOCK;
  for (const [name, tensor] of Object.entries(packedTensors(weight, matrix))) initializers.set(name, tensor);
  const store = (part: string, tensor: Tensor): string => {
    initializers.set(`${output}.${part}`, tensor);
    return `${output}.${part}`;
  };
  const nodes: Node[] = [];
  const add = (op: string, inputs: string[], part: string, attributes = {}): string => {
    nodes.push({ op, inputs, outputs: [`${output}.${part}`], attributes: toAttributes(attributes) });
    return `${output}.${part}`;
  };
  const last = store("last", int64([-1]));
  const bits = (value: number, part: string) => store(part, new Tensor("uint8", Uint8Array.of(value), []));
  const [low, four] = [bits(15, "low"), bits(4, "four")];
  const inBlocks = store("blocks", int64([0, 0, blocks, BLOCK]));
  const perBlock = (name: string, part: string) =>
    add("Unsqueeze", [add("Gather", [name, ids], `${part}.rows`), last], `${part}.each`);
  const terms = passes.map(({ zero }, pass) => {
    const codes = add("Gather", [`${weight}.codes.${pass}`, ids], `codes.${pass}`);
    const halves = [
      add("BitwiseAnd", [codes, low], `low.${pass}`),
      add("BitShift", [codes, four], `high.${pass}`, { direction: "RIGHT" }),
    ].map((half) => add("Unsqueeze", [half, last], `${half.slice(output.length + 1)}.apart`));
    const joined = add("Concat", halves, `joined.${pass}`, { axis: -1 });
    const numbers = add("Cast", [joined], `numbers.${pass}`, { to: 1 });
    const shaped = add("Reshape", [numbers, inBlocks], `shaped.${pass}`);
    const centred = zero === 0 ? shaped : add(
      "Sub",
      [shaped, store("zero", new Tensor("float32", Float32Array.of(zero), []))],
      `centred.${pass}`,
    );
    return add("Mul", [centred, perBlock(`${weight}.scales.${pass}`, `scales.${pass}`)], `scaled.${pass}`);
  });
  if (offsets) terms.push(perBlock(`${weight}.offsets`, "offsets"));
  const sum = terms.reduce((one, other, i) => add("Add", [one, other], `sum.${i}`));
  nodes.push({
    op: "Reshape",
    inputs: [sum, store("columns", int64([0, 0, columns]))],
    outputs: [output],
    attributes: {},
  });
  return nodes;
}
