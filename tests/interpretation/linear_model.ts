import type { AnnotatedAnswer } from "../../lib/interpretation/annotated_answer.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { floatTensor } from "../../lib/tensor/float_tensor.ts";
import type { DataType } from "../../lib/tensor/tensor.ts";

const [TOKENS, WIDTH, NEURONS] = [6, 3, 4];
const random = seededRandom(5);
const matrix = (rows: number, columns: number) =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()));
const [table, up] = [matrix(TOKENS, WIDTH), matrix(NEURONS, WIDTH)] as const;
/** The last layer's weights. */
export const down: readonly (readonly number[])[] = matrix(TOKENS, NEURONS);

/** Without attention or anything else between: logits = down · up · table[token], in a type of floats. */
export function linearModel(type: DataType = "float32"): Model {
  const g = new GraphBuilder("linear");
  const stored = (name: string, rows: readonly (readonly number[])[]) =>
    g.parameter(name, floatTensor(type, rows.flat(), [rows.length, rows[0]!.length]));
  const ids = g.input("input_ids", "int64", ["batch", "length"]);
  const x = g.reshape(g.gather(stored("table", table), ids), [-1, WIDTH]);
  const hidden = g.gemm(x, stored("mlp.up_proj.weight", up), undefined, { transB: 1 });
  const logits = g.gemm(hidden, stored("mlp.down_proj.weight", down), undefined, { transB: 1 });
  g.output(g.reshape(logits, [1, -1, TOKENS]), "logits");
  return g.model();
}

const times = (rows: readonly (readonly number[])[], vector: readonly number[]) =>
  rows.map((row) => row.reduce((sum, value, i) => sum + value * vector[i]!, 0));
/** What the first layer gives for a token. */
export const hiddenOf = (token: number): number[] => times(up, table[token]!);
/** What the last one gives. */
export const logitsOf = (token: number): number[] => times(down, hiddenOf(token));
/** The mean of vectors. */
export const meanOf = (vectors: readonly number[][]): number[] =>
  vectors[0]!.map((_, i) => vectors.reduce((sum, vector) => sum + vector[i]!, 0) / vectors.length);
/** The difference of two vectors. */
export const minus = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, i) => value - b[i]!);

/** Answers in which two behaviours show. */
export const ANSWERS: AnnotatedAnswer[] = [
  {
    ids: [0, 1, 2, 3, 4, 5, 0, 2, 4, 1],
    spans: [{ behaviour: "a", start: 7, end: 9 }, { behaviour: "b", start: 1, end: 3 }, {
      behaviour: "a",
      start: 2, // its lead would begin before the text
      end: 4,
    }],
  },
  { ids: [5, 5, 1, 0, 3, 2], spans: [{ behaviour: "b", start: 5, end: 6 }] },
  { ids: [2, 2, 4], spans: [] },
];
