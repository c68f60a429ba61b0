import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import type { Random } from "../../random.ts";
import { uniform } from "../../nn/init.ts";
import { countRows, type Field } from "../clicks.ts";

/** Rows that {@linkcode EmbeddingTable.build} looks up. */
export interface Lookup {
  /** Rows of one table for all fields, int32 [N, fields]. */
  rows: Value;
  /** The fields. */
  fields: readonly Field[];
  /** Coordinates of a vector. */
  features: number;
  /** Where initial values are drawn from. */
  random: Random;
  /** The vectors themselves, [N, fields, features], where the table lies outside of the graph. */
  vectors?: Value;
}

/** How ids become vectors: a plain table, one with masks, one that learns its own size. */
export interface EmbeddingTable {
  /** Name of the table in words and numbers. */
  name: string;
  /** Adds the nodes that look vectors up, [N, fields, features]. */
  build(g: GraphBuilder, lookup: Lookup): Value;
}

/** The name of the one matrix that holds the vectors of all fields, [ids of all fields, features]. */
export const TABLE = "embedding.weight";

/** The table itself: Xavier-uniform as one matrix, so that it shrinks as the vocabulary grows. */
export function tableWeight(g: GraphBuilder, { fields, features, random }: Lookup): Value {
  const count = countRows(fields);
  const bound = Math.sqrt(6 / (count + features));
  return g.parameter(TABLE, uniform(bound)([count, features], random.split(TABLE)));
}

/** One vector for each id, all of one length. */
export function plainTable(): EmbeddingTable {
  return { name: "plain", build: lookUp };
}

/** The vectors of the rows, from a table in the graph unless they are given. */
export function lookUp(g: GraphBuilder, lookup: Lookup): Value {
  return lookup.vectors ?? g.gather(tableWeight(g, lookup), lookup.rows);
}
