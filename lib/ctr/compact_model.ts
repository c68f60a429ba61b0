import { TypeError } from "../errors.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { CONSTANT_NAME, GraphBuilder, type Value } from "../onnx/builder.ts";
import { Model } from "../onnx/model.ts";
import { seededRandom } from "../random.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { float32, int64, isTensor, type Tensor, Tensor as Stored } from "../tensor/tensor.ts";
import { arrayOf, floats } from "../tensor/arrays.ts";
import { type Field, offsetsOf } from "./clicks.ts";
import { equalWidths, FIRST_ORDER } from "./ctr_model.ts";
import type { FieldVectors, Interaction } from "./interactions/interaction.ts";
import { sumOf } from "./sum_of.ts";
import type { TableChoice } from "./methods/method.ts";
import { PRUNED_VECTORS } from "./tables/pruned_vectors.ts";
import { type EmbeddingTable, TABLE } from "./tables/table.ts";

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
  const { model, tables } = choice.table
    ? servedModel(interaction, masked, { fields, features, table: choice.table })
    : cutModel(interaction, masked, { fields, features, choice });
  if (vocabularies === undefined) return { model, tables, bytes: ctrBytes(model) };
  const metadata = { ...model.info.metadata, fields: JSON.stringify(fields), vocabularies };
  const told = new Model(model.graph, { ...model.info, metadata });
  return { model: told, tables, bytes: ctrBytes(told) };
}

/** A model without what its mask makes zero. */
function cutModel(
  interaction: Interaction,
  masked: Model,
  { fields, features, choice }: Omit<CompactModelOptions, "vocabularies">,
): Omit<CompactCtr, "bytes"> {
  const weights = tensorsOf(masked);
  const offsets = offsetsOf(fields);
  const parts = fields.map((field, f) =>
    partOf(weights, { field, index: f, offset: offsets[f]!, features, choice })
  );
  const g = new GraphBuilder(interaction.name);
  const rows = tableRows(g, fields, parts);
  const placed = new Set(["rows", FIRST_ORDER]);
  const vectors = parts.map((part, f) => {
    const own = g.gather(rows.compact, g.constant(int64([f], [])), 1); // [N]
    const name = `embedding.${f}.weight`;
    placed.add(name);
    return g.gather(g.parameter(name, part.table), own);
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
  const model = finished(g, logit, interaction.cut(weights, columns, fields.length * features), placed);
  const tables = fields.map(({ name }, f) => ({
    field: name,
    rows: parts[f]!.kept.length,
    width: parts[f]!.width,
  }));
  return { model, tables };
}

/** A model whose table is of another make, built anew around what stands for an id that is none. */
function servedModel(
  interaction: Interaction,
  trained: Model,
  { fields, features, table }: { fields: readonly Field[]; features: number; table: EmbeddingTable },
): Omit<CompactCtr, "bytes"> {
  const weights = tensorsOf(trained);
  const g = new GraphBuilder(interaction.name);
  const { ids, known } = knownIds(g, fields);
  const own = g.where(known, ids, g.constant(int64([0], [])));
  const rows = g.cast(g.add(own, g.ints(offsetsOf(fields))), "int32");
  const vectors = table.build(g, { rows, fields, features, random: seededRandom(0) });
  const found = g.where(g.unsqueeze(known, [2]), vectors, 0); // [N, F, D]
  const first = () => g.where(known, g.gather(g.parameter(FIRST_ORDER, weights[FIRST_ORDER]!), rows), 0);
  const logit = interaction.build(g, equalWidths(g, found, fields.length, features), {
    random: seededRandom(0),
    linear: interaction.linear ? g.reduceSum(first(), [1], { keepdims: false }) : undefined,
  });
  const tables = fields.map(({ name, size }) => ({ field: name, rows: size, width: features }));
  return { model: finished(g, logit, weights, new Set()), tables };
}

/** The input of ids, and which of them are ids of their fields. */
function knownIds(g: GraphBuilder, fields: readonly Field[]): { ids: Value; known: Value } {
  const ids = g.input("ids", "int64", ["N", fields.length]);
  const sizes = g.ints(fields.map(({ size }) => size));
  return { ids, known: g.and(g.less(ids, sizes), g.not(g.less(ids, g.constant(int64([0], []))))) };
}

/** The model that ends in a logit, with trained weights in it; those that are placed already stay. */
function finished(g: GraphBuilder, logit: Value, weights: Tensors, placed: ReadonlySet<string>): Model {
  g.output(logit, "logit");
  g.output(g.sigmoid(logit), "probability");
  return removeDeadCode(filled(g.model(), weights, placed));
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
  const total = sumOf(fields.map(({ size }) => size));
  const { ids, known } = knownIds(g, fields);
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

/** The model with trained weights in place of its first ones, but for those that are placed already. */
function filled(model: Model, weights: Tensors, placed: ReadonlySet<string>): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, { dims }] of initializers) {
    if (CONSTANT_NAME.test(name) || placed.has(name)) continue;
    const trained = weights[name];
    if (!trained || trained.dims.join() !== dims.join()) {
      throw new TypeError(
        `Cannot cut the model: weight "${name}" is ${
          trained ? `[${trained.dims}]` : "not there"
        } after the ` +
          `cut, expected [${dims}]; let the interaction's \`cut\` give all weights that its \`build\` reads`,
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
