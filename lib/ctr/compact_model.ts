import { TypeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import { Model } from "../onnx/model.ts";
import { seededRandom } from "../random.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { float32, int64, isTensor, type Tensor, Tensor as Stored } from "../tensor/tensor.ts";
import { arrayOf, floats } from "../tensor/arrays.ts";
import { type Field, offsetsOf } from "./clicks.ts";
import { FIRST_ORDER } from "./ctr_model.ts";
import type { FieldVectors, Interaction } from "./interactions/interaction.ts";
import { sumOf } from "./interactions/sum_of.ts";
import type { TableChoice } from "./methods/method.ts";
import { PRUNED_VECTORS } from "./tables/pruned_vectors.ts";
import { TABLE } from "./tables/table.ts";

/** A field's table with nothing in it but what is left. */
export interface CompactTable {
  /** Name of the field. */
  field: string;
  /** Rows that are left of it; the table has one more before them, for all other ids. */
  rows: number;
  /** Coordinates that are left. */
  width: number;
}

/** Bytes of a model, by what they are for. */
export interface CtrBytes {
  /** Vectors. */
  tables: number;
  /** Bytes of the maps from ids to rows. */
  maps: number;
  /** First-order weights, which no method prunes. */
  firstOrder: number;
  /** Everything else that is stored: layers and constants. */
  rest: number;
  /** The whole file. */
  file: number;
}

/** A model with a table that is really smaller. */
export interface CompactCtr {
  /**
   * Takes `ids`, int64 [N, fields], each counted within its field; gives `logit` and `probability`, [N]. An
   * id that is none of its field's, such as −1 for a missing value, is like one that was pruned. Where its
   * log was a prepared one, its metadata says so: `fields`, their names and sizes as JSON, and
   * `vocabularies`, the digest that `log.json` has, too.
   */
  model: Model;
  /** The smaller table of each field. */
  tables: CompactTable[];
  /** Bytes of its file. */
  bytes: CtrBytes;
}

/** Remainder of one field, as numbers. */
interface FieldPart {
  /** [rows + 1, width]; row 0 is what pruned, unseen and missing values give. */
  table: Tensor;
  width: number;
  kept: number[];
}

/** Settings of {@linkcode compactModel}. */
export interface CompactModelOptions {
  /** The columns. */
  fields: readonly Field[];
  /** Coordinates of a full vector. */
  features: number;
  /** Rows and dimensions that stay of the table. */
  choice: TableChoice;
  /** Digest of the vocabularies that ids are from, for the model's metadata. Default: it says nothing. */
  vocabularies?: string | undefined;
}

/** Names of {@linkcode CompactModelOptions}. */
const COMPACT_MODEL_OPTIONS: OptionNames<CompactModelOptions> = {
  fields: true,
  features: true,
  choice: true,
  vocabularies: true,
};

/**
 * A model without what a mask makes zero: for each field a dense table of its kept rows and coordinates, and
 * layers without the columns that read the others. One ordinary ONNX file, equal to the masked model.
 *
 * @param masked a model of `ctrModel` with a masked table
 */
export function compactModel(
  interaction: Interaction,
  masked: Model,
  options: CompactModelOptions,
): CompactCtr {
  requireOptions("compactModel", options, COMPACT_MODEL_OPTIONS);
  const { fields, features, choice, vocabularies } = options;
  const metadata: Record<string, string> = vocabularies === undefined
    ? {}
    : { fields: JSON.stringify(fields), vocabularies };
  if (choice.table) return servedModel(masked, { fields, features, metadata });
  const weights = tensorsOf(masked);
  const offsets = offsetsOf(fields);
  const parts = fields.map((field, f) =>
    partOf(weights, { field, index: f, offset: offsets[f]!, features, choice })
  );
  const g = new GraphBuilder(interaction.name);
  const rows = tableRows(g, fields, parts);
  const vectors = parts.map((part, f) => {
    const own = g.gather(rows.compact, g.constant(int64([f], [])), 1); // [N]
    return g.gather(g.parameter(`embedding.${f}.weight`, part.table), own);
  });
  const columns = parts.flatMap(({ width }, f) => Array.from({ length: width }, (_, j) => f * features + j));
  const first = weights[FIRST_ORDER];
  const linear = interaction.linear
    ? g.reduceSum(g.gather(g.parameter(FIRST_ORDER, withZero(first!)), rows.whole), [1], { keepdims: false })
    : undefined;
  const logit = interaction.build(g, unequalWidths(g, vectors, parts.map(({ width }) => width)), {
    random: seededRandom(0),
    linear,
    shifted: true,
  });
  g.output(logit, "logit");
  g.output(g.sigmoid(logit), "probability");
  const cut = interaction.cut(weights, columns, fields.length * features);
  const model = withMetadata(removeDeadCode(filled(g.model(), cut)), metadata);
  const tables = fields.map(({ name }, f) => ({
    field: name,
    rows: parts[f]!.kept.length,
    width: parts[f]!.width,
  }));
  return { model, tables, bytes: ctrBytes(model) };
}

/** A model whose table is of another make, which takes raw ids; one that is none is taken for id 0. */
function servedModel(
  trained: Model,
  { fields, features, metadata }: {
    fields: readonly Field[];
    features: number;
    metadata: Record<string, string>;
  },
): CompactCtr {
  const { graph, info } = trained;
  const g = new GraphBuilder(graph, info.opsets);
  const first = g.graph().nodes.length;
  const raw = g.input(g.freeName("raw.ids"), "int64", ["N", fields.length]);
  const none = g.constant(int64([0], []));
  const known = g.and(g.less(raw, g.ints(fields.map(({ size }) => size))), g.not(g.less(raw, none)));
  const ids = g.cast(g.where(known, raw, none), "int32");
  const probability = g.sigmoid("logit");
  const names: Record<string, string> = { ids, [raw]: "ids", [probability]: "probability" };
  const rename = (name: string) => names[name] ?? name;
  const nodes = g.graph().nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
  const served = inferShapes(trained.withGraph({
    ...g.graph(),
    inputs: ["ids"],
    outputs: ["logit", "probability"],
    nodes: [...nodes.slice(first, -1), ...nodes.slice(0, first), ...nodes.slice(-1)],
    values: new Map([["ids", { type: "int64", shape: ["N", fields.length] }]]),
  }));
  const model = withMetadata(served, metadata);
  const tables = fields.map(({ name, size }) => ({ field: name, rows: size, width: features }));
  return { model, tables, bytes: ctrBytes(model) };
}

function withMetadata({ graph, info }: Model, metadata: Record<string, string>): Model {
  return new Model(graph, { ...info, metadata: { ...info.metadata, ...metadata } });
}

function tensorsOf({ graph }: Model): Tensors {
  return Object.fromEntries(
    [...graph.initializers].flatMap(([name, tensor]) => isTensor(tensor) ? [[name, tensor]] : []),
  );
}

/** Kept rows and coordinates of one field. */
function partOf(
  weights: Tensors,
  { field, index, offset, features, choice: { mask, pruned } }: {
    field: Field;
    index: number;
    offset: number;
    features: number;
    choice: TableChoice;
  },
): FieldPart {
  const table = floats(weights[TABLE]!);
  const kept: number[] = [];
  let width = 1;
  const look = (from: Uint8Array, row: number): boolean => {
    const last = from.subarray(row * features, (row + 1) * features).lastIndexOf(1);
    width = Math.max(width, last + 1);
    return last >= 0;
  };
  if (pruned) look(pruned, index);
  for (let id = 0; id < field.size; id++) if (look(mask, offset + id)) kept.push(id);
  const data = new Float32Array((kept.length + 1) * width);
  const vectors = pruned && floats(weights[PRUNED_VECTORS]!);
  for (let j = 0; j < width; j++) {
    const at = index * features + j;
    if (vectors && pruned[at]) data[j] = vectors[at]!;
  }
  kept.forEach((id, i) => {
    for (let j = 0; j < width; j++) {
      const at = (offset + id) * features + j;
      if (mask[at]) data[(i + 1) * width + j] = table[at]!;
    }
  });
  return { table: float32(data, [kept.length + 1, width]), width, kept };
}

/**
 * Maps from ids to rows: of one table for all, the last one for ids that are none, and of the small tables.
 */
function tableRows(
  g: GraphBuilder,
  fields: readonly Field[],
  parts: readonly FieldPart[],
): { whole: Value; compact: Value } {
  const ids = g.input("ids", "int64", ["N", fields.length]);
  const total = sumOf(fields.map(({ size }) => size));
  const sizes = g.ints(fields.map(({ size }) => size));
  const known = g.and(g.less(ids, sizes), g.not(g.less(ids, g.constant(int64([0], [])))));
  const whole = g.where(known, g.add(ids, g.ints(offsetsOf(fields))), g.constant(int64([total], [])));
  const map = new Int32Array(total + 1);
  const offsets = offsetsOf(fields);
  parts.forEach(({ kept }, f) => kept.forEach((id, i) => map[offsets[f]! + id] = i + 1));
  const compact = g.gather(g.parameter("rows", new Stored("int32", map, [total + 1])), whole);
  return { whole, compact };
}

/** First-order weights with a zero behind them, for ids that are none. */
function withZero(tensor: Tensor): Tensor {
  const longer = new Float32Array(tensor.size + 1);
  longer.set(floats(tensor));
  return float32(longer, [longer.length]);
}

/** Vectors of several lengths. */
function unequalWidths(g: GraphBuilder, vectors: readonly Value[], widths: readonly number[]): FieldVectors {
  const most = Math.max(...widths);
  let flat: Value | undefined, stacked: Value | undefined;
  return {
    widths,
    flat: () => flat ??= g.concat(vectors, 1),
    stacked: () =>
      stacked ??= g.concat(
        vectors.map((vector, f) => {
          const padded = widths[f] === most ? vector : g.pad(vector, [0, 0, 0, most - widths[f]!]);
          return g.unsqueeze(padded, [1]);
        }),
        1,
      ),
  };
}

/** The model with trained weights in place of its first ones. */
function filled(model: Model, weights: Tensors): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, { dims }] of initializers) {
    const trained = weights[name];
    if (!trained || name.startsWith("const") || name === FIRST_ORDER || name === "rows") continue;
    if (trained.dims.join() !== dims.join()) {
      throw new TypeError(
        `Cannot cut the model: weight "${name}" is [${trained.dims}] after the cut, expected [${dims}]; the ` +
          "interaction's `cut` and `build` disagree",
      );
    }
    initializers.set(name, trained);
  }
  return model.withGraph({ ...model.graph, initializers });
}

/** Bytes of a model of click-through rates, whole or compact, by what they are for. */
export function ctrBytes(model: Model): CtrBytes {
  const bytes = { tables: 0, maps: 0, firstOrder: 0, rest: 0, file: model.toOnnx().length };
  for (const [name, tensor] of Object.entries(tensorsOf(model))) {
    const kind = name === FIRST_ORDER
      ? "firstOrder"
      : name === "rows"
      ? "maps"
      : name.startsWith("embedding.")
      ? "tables"
      : "rest";
    bytes[kind] += arrayOf(tensor).byteLength;
  }
  return bytes;
}
