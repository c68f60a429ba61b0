import { Model, type Node } from "../../onnx/model.ts";
import type { AnyTensor, Tensor } from "../../tensor/tensor.ts";
import { declareWeights } from "../../nn/weights.ts";
import { RangeError } from "../../errors.ts";
import { requireOptions } from "../../options.ts";
import { quoted } from "../../printable.ts";
import type { CompressResult } from "../compress.ts";
import type { Grid } from "../numeric/grid.ts";
import { type LinearLayer, linearLayers, readMatrix } from "../linear_layers.ts";
import { dequantized, fitsBytes } from "./dequantize.ts";
import { storedModel } from "../stored_model.ts";
import { fitsNBits, nBits, type Store } from "./matmul_nbits.ts";

/** How a weight is stored. */
export type PackedForm = "MatMulNBits" | "DequantizeLinear";

/** Result of {@linkcode packQuantized}. */
export interface PackedQuantized {
  /** The model with rounded weights in their codes. */
  model: Model;
  /** How each is stored, by its name. */
  forms: Record<string, PackedForm>;
  /** Why rounded weights stayed floats, by their names. */
  left: Record<string, string>;
}

/** Forms, the preferred first: MatMulNBits has 4 bits, a DequantizeLinear has whole bytes, for any engine. */
const FORMS = {
  upTo4: ["MatMulNBits", "DequantizeLinear"],
  above4: ["DequantizeLinear", "MatMulNBits"],
} as const satisfies Record<string, readonly PackedForm[]>;

/**
 * The compressed model with rounded weights stored in their codes, in smaller files: as `MatMulNBits` (blocks
 * of 16 to 256 weights), which ONNX Runtime multiplies in their codes of 4 or 8 bits, or as bytes with a
 * scale for each row behind a `DequantizeLinear`, which any ONNX engine reads. Matrices of up to 4 bits take
 * the first, as do those whose rows have several scales; all others take the second. Weights that are zero
 * alone take as much as before: a file for them is `saveSparse`'s. A model of an operator set before 18 is
 * raised to that.
 *
 * The codes stand for the rounded weights. What `MatMulNBits` multiplies them with is rounded to 8 bits by
 * the engine, block by block (`accuracy_level` 4), as ONNX Runtime does with some pairs of a
 * `DequantizeLinear` and a product, too.
 *
 * @param options.forms which of the two may be used. Default: both. With `["MatMulNBits"]` matrices of 8 bits
 * are multiplied in their codes, too, which is faster in ONNX Runtime
 * @throws {RangeError} where a form is none of these
 */
export function packQuantized(
  { model, grids }: Pick<CompressResult, "model" | "grids">,
  options: { forms?: readonly PackedForm[] | undefined } = {},
): PackedQuantized {
  requireOptions("packQuantized", options, { forms: true });
  const { forms: allowed = FORMS.upTo4 } = options;
  requireForms(allowed);
  const stored = storedModel(model); // DequantizeLinear has an axis from operator set 13 on
  const { graph, info } = stored;
  const initializers = new Map<string, AnyTensor>(graph.initializers);
  const constants: string[] = [];
  const result: PackedQuantized = { model: stored, forms: {}, left: {} };
  const layers = new Map(linearLayers(stored).map((layer) => [layer.node, layer]));
  const before = new Map<Node, Node[]>(); // what comes in front of nodes that read a weight for its layer
  const spent = new Set<Node>();
  const packed = graph.nodes.flatMap((node): Node[] => {
    const layer = layers.get(node);
    const parts = layer && Object.hasOwn(grids, layer.weight) ? grids[layer.weight] : undefined;
    if (!layer || !parts) return [node];
    const { weight } = layer;
    const tensor = graph.initializers.get(weight) as Tensor;
    const grid = joined(parts);
    const store: Store = (part, stored) => {
      const name = `${weight}.${part}`;
      initializers.set(name, stored);
      if (/scales$/.test(part)) constants.push(name);
      return name;
    };
    const reasons: string[] = [];
    for (const form of FORMS[grid.bits <= 4 ? "upTo4" : "above4"]) {
      if (!allowed.includes(form)) continue;
      const fits = form === "MatMulNBits" ? fitsNBits(layer, grid) : apart(parts) ?? fitsBytes(layer, grid);
      if (fits !== true || tensor.type !== "float32") {
        reasons.push(`no ${form}: ${fits === true ? `it is ${tensor.type}, expected float32` : fits}`);
        continue;
      }
      result.forms[weight] = form;
      initializers.delete(weight);
      const codes = codesOf(readMatrix(layer, tensor), layer, grid);
      if (form === "MatMulNBits") {
        for (const passed of layer.between) spent.add(passed);
        return nBits(layer, codes, grid, store);
      }
      before.set(layer.between[0] ?? node, dequantized(layer, { codes, dims: tensor.dims }, grid, store));
      return [node];
    }
    result.left[weight] = reasons.join("; ");
    return [node];
  });
  const nodes = packed.flatMap((node) => spent.has(node) ? [] : [...before.get(node) ?? [], node]);
  const values = new Map([...graph.values].filter(([name]) => !Object.hasOwn(result.forms, name)));
  const opsets = Object.values(result.forms).includes("MatMulNBits")
    ? { ...info.opsets, "com.microsoft": info.opsets["com.microsoft"] ?? 1 }
    : info.opsets;
  const whole = new Model({ ...graph, nodes, initializers, values }, { ...info, opsets });
  return {
    ...result,
    model: declareWeights(whole, Object.fromEntries(constants.map((name) => [name, "constant"]))),
  };
}

function requireForms(forms: readonly string[]): void {
  const unknown = forms.find((form) => !(FORMS.upTo4 as readonly string[]).includes(form));
  if (unknown === undefined && forms.length > 0) return;
  const asked = unknown === undefined ? "no form at all" : `the form ${quoted(unknown)}`;
  throw new RangeError(`Cannot store codes in ${asked}: expected ${FORMS.upTo4.join(" or ")}`);
}

/** Why the groups of a convolution cannot share a scale for each column, where that is so. */
function apart(grids: readonly Grid[]): string | undefined {
  return grids.length > 1 && grids.some(({ inputScales }) => inputScales)
    ? `its ${grids.length} groups divide their inputs by scales of their own`
    : undefined;
}

/** The grids of a convolution's groups as one. */
function joined(grids: readonly Grid[]): Grid {
  const [first] = grids;
  if (grids.length === 1) return first!;
  const all = (part: "scales" | "zeros") => Float64Array.from(grids.flatMap((grid) => [...grid[part]]));
  return { ...first!, scales: all("scales"), zeros: all("zeros") };
}

/** The level of each weight. */
function codesOf(weight: Float64Array, { columns }: LinearLayer, grid: Grid): Uint8Array {
  const { groups, groupSize, scales, zeros, inputScales, bits } = grid;
  return Uint8Array.from({ length: weight.length }, (_, i) => {
    const column = i % columns;
    const at = Math.floor(i / columns) * groups + Math.floor(column / groupSize);
    const level = Math.round(weight[i]! * (inputScales?.[column] ?? 1) / scales[at]! + zeros[at]!);
    return Math.min(Math.max(level, 0), 2 ** bits - 1);
  });
}
