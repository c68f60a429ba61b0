import { toAttributes } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { float32, Tensor } from "../../tensor/tensor.ts";
import type { Grid } from "../numeric/grid.ts";
import { factorsOf, type LinearLayer } from "../linear_layers.ts";

/** Stores a tensor among the graph's, and gives its name. */
export type Store = (part: string, tensor: Tensor) => string;

/** Numbers of weights in a block that ONNX Runtime has kernels for. */
const BLOCKS = [16, 32, 64, 128, 256];

/** Bits of a stored code, of those that ONNX Runtime has kernels for. */
const storedBits = ({ bits }: Grid): 4 | 8 => bits <= 4 ? 4 : 8;

/** Whether a layer can be one of ONNX Runtime's MatMulNBits with 4 or 8 bits, or why it cannot. */
export function fitsNBits(layer: LinearLayer, grid: Grid): true | string {
  const { columns, window } = layer;
  if (window.length > 0) return "it is a convolution";
  if (grid.bits > 8) return `its weights have ${grid.bits} bits`;
  const { alpha, beta } = factorsOf(layer);
  if (alpha !== 1 || beta !== 1) return "its product is scaled";
  return blockFor(columns, grid)
    ? true
    : `its groups have ${grid.groupSize} weights, expected a multiple of 16`;
}

/** The block that takes the fewest bytes, of those that groups can be cut into. */
function blockFor(columns: number, grid: Grid): number | undefined {
  const { groups, groupSize } = grid;
  const bytes = (block: number) => Math.ceil(columns / block) * ((block + 1) * storedBits(grid) / 8 + 4);
  return BLOCKS.filter((block) => groups === 1 || groupSize % block === 0)
    .sort((a, b) => bytes(a) - bytes(b))[0];
}

/**
 * MatMulNBits' `accuracy_level` for products of whole numbers, with inputs that it rounds to 8 bits, block by
 * block. Products in float32, its default, take longer than those with dense weights; ONNX Runtime's own
 * fusions of a DequantizeLinear with a product, and its builder of language models, choose this, too.
 */
export const WHOLE_NUMBERS = 4;

/**
 * What is added to codes so that zero is the middle one for all of them, which is what stands for zero where
 * no other is stored; nothing where it cannot be.
 */
function shiftToMiddle(grid: Grid): number | undefined {
  const { zeros, bits } = grid;
  const codes = 2 ** storedBits(grid);
  const shift = codes / 2 - zeros[0]!;
  const isFree = shift >= 0 && 2 ** bits - 1 + shift < codes;
  return isFree && zeros.every((zero) => zero === zeros[0]) ? shift : undefined;
}

/** The nodes of a layer whose weight stays in codes of 4 or 8 bits, in memory and in the engine. */
export function nBits(
  { rows, columns, node }: LinearLayer,
  codes: Uint8Array,
  grid: Grid,
  store: Store,
): Node[] {
  const { groups, groupSize, scales, zeros, inputScales } = grid;
  const block = blockFor(columns, grid)!;
  const shift = shiftToMiddle(grid);
  const blocks = Math.ceil(columns / block);
  const bits = storedBits(grid);
  const perByte = 8 / bits;
  const put = (bytes: Uint8Array, place: number, code: number) => {
    bytes[Math.floor(place / perByte)]! |= code << place % perByte * bits;
  };
  const packed = new Uint8Array(rows * blocks * block / perByte);
  const blockScales = new Float32Array(rows * blocks);
  const perRow = Math.ceil(blocks / perByte);
  const blockZeros = new Uint8Array(rows * perRow);
  for (let row = 0; row < rows; row++) {
    for (let b = 0; b < blocks; b++) {
      const at = row * groups + Math.min(Math.floor(b * block / groupSize), groups - 1);
      blockScales[row * blocks + b] = scales[at]!;
      put(blockZeros, row * perRow * perByte + b, zeros[at]!);
    }
    for (let j = 0; j < columns; j++) {
      put(packed, row * blocks * block + j, codes[row * columns + j]! + (shift ?? 0));
    }
  }
  const [x, , bias] = node.inputs as [string, string, string?];
  const output = node.outputs[0]!;
  const nodes: Node[] = [];
  let input = x;
  if (inputScales) {
    const by = store("inverse_scales", float32(inputScales.map((scale) => 1 / scale)));
    input = `${output}.scaled`;
    nodes.push({ op: "Mul", inputs: [x, by], outputs: [input], attributes: {} });
  }
  const inputs = [
    input,
    store("codes", new Tensor("uint8", packed, [rows, blocks, block / perByte])),
    store("scales", new Tensor("float32", blockScales, [blockScales.length])),
  ];
  if (shift === undefined) inputs.push(store("zeros", new Tensor("uint8", blockZeros, [blockZeros.length])));
  nodes.push({
    op: "MatMulNBits",
    domain: "com.microsoft",
    inputs,
    outputs: [bias ? `${output}.product` : output],
    attributes: toAttributes({
      ...{ K: columns, N: rows, bits, block_size: block },
      accuracy_level: WHOLE_NUMBERS,
    }),
  });
  if (bias) nodes.push({ op: "Add", inputs: [`${output}.product`, bias], outputs: [output], attributes: {} });
  return nodes;
}
