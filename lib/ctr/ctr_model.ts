import { RangeError } from "../errors.ts";
import { type OptionNames, requireOptions, requireWords } from "../options.ts";
import { normal, zeros } from "../nn/init.ts";
import { GraphBuilder, type Value } from "../onnx/builder.ts";
import type { Model } from "../onnx/model.ts";
import { seededRandom } from "../random.ts";
import { Tensor } from "../tensor/tensor.ts";
import { countRows, type Field, offsetsOf } from "./clicks.ts";
import type { FieldVectors, Interaction } from "./interactions/interaction.ts";
import { type EmbeddingTable, plainTable } from "./tables/table.ts";

/** Settings of {@linkcode ctrModel}. */
export interface CtrModelOptions {
  /** The columns of the log. */
  fields: readonly Field[];
  /** Coordinates of an id's vector. */
  features: number;
  /** How ids become vectors. Default: a plain table. */
  table?: EmbeddingTable | undefined;
  /** First-order weights at the start: standard normal as published, or zeros. Default `normal`. */
  firstOrder?: "normal" | "zeros" | undefined;
  /** Seed of the initial weights. Default 0. */
  seed?: number | undefined;
  /**
   * Whether vectors and first-order weights are fed, as {@linkcode VECTORS} and {@linkcode FIRST_ORDER_FED},
   * because the tables lie outside of the graph. Default false.
   */
  fed?: boolean | undefined;
}

/** Names of {@linkcode CtrModelOptions}. */
export const CTR_MODEL_OPTIONS: OptionNames<CtrModelOptions> = {
  fields: true,
  features: true,
  table: true,
  firstOrder: true,
  seed: true,
  fed: true,
};

/** Name of the input for vectors that are fed, [N, fields, features]. */
export const VECTORS = "vectors";

/** Name of the input for first-order weights that are fed, [N, fields]. */
export const FIRST_ORDER_FED = "first_order";

/** Name of the first-order weights, one for each id of all fields. */
export const FIRST_ORDER = "linear.weight";

/**
 * A model of click-through rates: ids [N, fields], each counted within its field, as `ids`, to the logit of a
 * click, `logit` [N]. The table comes first, then the interaction.
 *
 * @throws RangeError where there are no fields, or a vector has no coordinates
 */
export function ctrModel(interaction: Interaction, options: CtrModelOptions): Model {
  requireOptions("ctrModel", options, CTR_MODEL_OPTIONS);
  const { fields, features, table = plainTable(), firstOrder = "normal", seed = 0, fed = false } = options;
  requireWords("build a click model", { firstOrder }, { firstOrder: { normal: true, zeros: true } });
  requireSizes(interaction, fields, features);
  const random = seededRandom(seed, "weights");
  const g = new GraphBuilder(interaction.name);
  const ids = g.input("ids", "int32", ["N", fields.length]);
  const offsets = g.constant(new Tensor("int32", Int32Array.from(offsetsOf(fields)), [fields.length]));
  const rows = g.add(ids, offsets);
  const vectors = fed ? { vectors: g.input(VECTORS, "float32", ["N", fields.length, features]) } : {};
  const z = table.build(g, { rows, fields, features, random, ...vectors });
  const init = firstOrder === "normal" ? normal(1) : zeros;
  const weights = () =>
    fed
      ? g.input(FIRST_ORDER_FED, "float32", ["N", fields.length])
      : g.gather(g.parameter(FIRST_ORDER, init([countRows(fields)], random.split(FIRST_ORDER))), rows);
  const linear = interaction.linear ? g.reduceSum(weights(), [1], { keepdims: false }) : undefined;
  g.output(interaction.build(g, equalWidths(g, z, fields.length, features), { random, linear }), "logit");
  return g.model();
}

/** Vectors of one length, from [N, fields, features]. */
export function equalWidths(g: GraphBuilder, z: Value, count: number, features: number): FieldVectors {
  return {
    widths: Array.from({ length: count }, () => features),
    flat: () => g.reshape(z, [-1, count * features]),
    stacked: () => z,
  };
}

function requireSizes({ name }: Interaction, fields: readonly Field[], features: number): void {
  const bad = fields.find(({ size }) => !Number.isInteger(size) || size < 1);
  if (fields.length > 0 && bad === undefined && Number.isInteger(features) && features >= 1) return;
  throw new RangeError(
    `Cannot build ${name} for ${fields.length} fields with vectors of ${features}: expected at least one field, ` +
      `whole numbers from 1${bad ? `; field "${bad.name}" has ${bad.size} ids` : ""}`,
  );
}
