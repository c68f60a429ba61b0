import assert from "node:assert/strict";
import { annotate, type AnnotatedAnswer } from "../../lib/interpretation/annotated_answer.ts";
import { attribution } from "../../lib/interpretation/attribution.ts";
import { importanceShift, relativeImportance } from "../../lib/interpretation/relative_importance.ts";
import { steeringVectors } from "../../lib/interpretation/steering_vectors.ts";
import { tokenLosses } from "../../lib/lm/losses.ts";
import { decoder } from "../../lib/nn/decoder.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
import type { Vocabulary } from "../../lib/text/vocabulary/vocabulary.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const [TOKENS, WIDTH, NEURONS] = [6, 3, 4];
const random = seededRandom(5);
const matrix = (rows: number, columns: number) =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()));
const [table, up, down] = [matrix(TOKENS, WIDTH), matrix(NEURONS, WIDTH), matrix(TOKENS, NEURONS)];

/** Without attention or anything else between: logits = down · up · table[token]. */
function linearModel(): Model {
  const g = new GraphBuilder("linear");
  const stored = (name: string, rows: readonly number[][]) =>
    g.parameter(name, float32(rows.flat(), [rows.length, rows[0]!.length]));
  const ids = g.input("input_ids", "int64", ["batch", "length"]);
  const x = g.reshape(g.gather(stored("table", table), ids), [-1, WIDTH]);
  const hidden = g.gemm(x, stored("mlp.up_proj.weight", up), undefined, { transB: 1 });
  const logits = g.gemm(hidden, stored("mlp.down_proj.weight", down), undefined, { transB: 1 });
  g.output(g.reshape(logits, [1, -1, TOKENS]), "logits");
  return g.model();
}

const times = (rows: readonly number[][], vector: readonly number[]) =>
  rows.map((row) => row.reduce((sum, value, i) => sum + value * vector[i]!, 0));
const hiddenOf = (token: number) => times(up, table[token]!);
const logitsOf = (token: number) => times(down, hiddenOf(token));
const meanOf = (vectors: readonly number[][]) =>
  vectors[0]!.map((_, i) => vectors.reduce((sum, vector) => sum + vector[i]!, 0) / vectors.length);
const minus = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]!);

const ANSWERS: AnnotatedAnswer[] = [
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
/** The tokens of each answer that belong to a behaviour, by hand: five before each part, and the part. */
const SHOWN: Record<string, number[][]> = {
  a: [[2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3]],
  b: [[0, 1, 2], [0, 1, 2, 3, 4, 5]],
};
const PLACES: Record<string, number[]> = { a: [0], b: [0, 1] };

function expectedDirection(behaviour: string, of: (token: number) => number[]): number[] {
  const plus = meanOf(
    SHOWN[behaviour]!.map((places, i) => {
      const { ids } = ANSWERS[PLACES[behaviour]![i]!]!;
      return meanOf(places.map((place) => of(ids[place]!)));
    }),
  );
  const difference = minus(plus, meanOf(ANSWERS.map(({ ids }) => meanOf(ids.map(of)))));
  const all = meanOf(ANSWERS.flatMap(({ ids }) => ids.map(of)));
  return difference.map((value) => value * Math.hypot(...all) / Math.hypot(...difference));
}

Deno.test("directions are those of the formula, each behaviour with sums of its own", async () => {
  const vectors = await steeringVectors(linearModel(), ANSWERS);
  assert.deepEqual(Object.keys(vectors), ["a", "b"]);
  for (const behaviour of ["a", "b"]) {
    const { "mlp.up_proj": inner, "mlp.down_proj": outer } = vectors[behaviour]!;
    assertClose([...inner!], expectedDirection(behaviour, hiddenOf), REORDERED_FLOAT32);
    assertClose([...outer!], expectedDirection(behaviour, logitsOf), REORDERED_FLOAT32);
  }
  const [a, b] = ["a", "b"].map((name) => [...vectors[name]!["mlp.up_proj"]!]) as [number[], number[]];
  assert.ok(minus(a, b).some((value) => Math.abs(value) > 0.1));
});

/** |u · ḡ| of a part, in float64: ḡ of the mean loss over its tokens, with respect to what `down` or `up` gives. */
function expectedScore(
  { ids }: AnnotatedAnswer,
  { start, end }: { start: number; end: number },
  u: readonly number[],
  layer: "up" | "down",
): number {
  const predicted = Array.from({ length: end - start }, (_, i) => start + i).filter((place) => place > 0);
  const gradientAt = (place: number): number[] => {
    if (!predicted.includes(place + 1)) return new Array(u.length).fill(0);
    const logits = logitsOf(ids[place]!);
    const sum = logits.reduce((all, value) => all + Math.exp(value), 0);
    const outer = logits.map((value, i) =>
      (Math.exp(value) / sum - Number(i === ids[place + 1])) / predicted.length
    );
    if (layer === "down") return outer;
    return down[0]!.map((_, i) => outer.reduce((all, value, row) => all + value * down[row]![i]!, 0));
  };
  const mean = meanOf(Array.from({ length: end - start }, (_, i) => gradientAt(start + i)));
  return Math.abs(mean.reduce((all, value, i) => all + value * u[i]!, 0));
}

Deno.test("attribution is |u·ḡ| of the closed form, averaged over the parts", async () => {
  const vectors = await steeringVectors(linearModel(), ANSWERS);
  const found = await attribution(linearModel(), ANSWERS, vectors);
  for (const behaviour of ["a", "b"]) {
    for (const layer of ["up", "down"] as const) {
      const scores = ANSWERS.flatMap((answer) =>
        answer.spans.filter((span) => span.behaviour === behaviour).map((span) =>
          expectedScore(answer, span, [...vectors[behaviour]![`mlp.${layer}_proj`]!], layer)
        )
      );
      const expected = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      assertClose([found[behaviour]![`mlp.${layer}_proj`]!], [expected], REORDERED_FLOAT32);
      assert.ok(expected > 1e-3);
    }
  }
  await assert.rejects(
    attribution(linearModel(), ANSWERS, { a: vectors.a! }),
    /Cannot weigh mlp.up_proj for b/,
  );
});

Deno.test("in a decoder, a part that is the whole text has the slope of the loss along the direction", async () => {
  const options = { vocabulary: 9, context: 12, layers: 2, hidden: 8, heads: 2, neurons: 12, biases: true };
  const ids = [1, 4, 2, 8, 5, 7, 3];
  const drawn = decoder({ ...options, seed: 4 });
  // Larger matrices than are drawn, so that slopes stand out of float32's rounding.
  const change = (model: Model, to: (name: string, tensor: Tensor) => Tensor) => {
    const initializers = new Map(model.graph.initializers);
    for (const [name, tensor] of initializers) initializers.set(name, to(name, tensor as Tensor));
    return model.withGraph({ ...model.graph, initializers });
  };
  const model = change(
    drawn,
    (name, tensor) =>
      /proj\.weight|embed|lm_head/.test(name)
        ? float32((tensor.data as Float32Array).map((value) => 20 * value), tensor.dims)
        : tensor,
  );
  const part = { behaviour: "a", start: 0, end: ids.length };
  const answers = [{ ids, spans: [part] }, { ids: [6, 6, 1], spans: [] }];
  const vectors = await steeringVectors(model, answers);
  const found = await attribution(model, answers, vectors);
  assert.equal(Object.keys(found.a!).length, 14);
  const lossAt = async (module: string, step: number) => {
    const moved = change(model, (name, tensor) => {
      if (name !== `${module}.bias`) return tensor;
      const u = vectors.a![module]!;
      return float32((tensor.data as Float32Array).map((value, i) => value + step * u[i]!), tensor.dims);
    });
    const { logits } = await runModel(moved, { input_ids: int64(ids, [1, ids.length]) });
    const losses = tokenLosses(logits!.data as Float32Array, ids);
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  };
  for (const module of Object.keys(found.a!).filter((name) => /[qkv]_proj$/.test(name))) {
    const step = 1e-2;
    const slope = (await lossAt(module, step) - await lossAt(module, -step)) / (2 * step);
    // A bias is added at each token, and the part's gradient is the mean over them.
    assertClose([found.a![module]! * ids.length], [Math.abs(slope)], { absolute: 2e-4, relative: 2e-2 });
  }
});

/** A vocabulary of single words, whose tokens are their places. */
const words = ["Wait", ",", " let", " me", " think", " ag", "ain", ".", " Ü", "ber"];
const vocabulary = {
  bytesOf: (id: number) => new TextEncoder().encode(words[id]),
} as unknown as Vocabulary;

Deno.test("annotated words are found among tokens, but for their last one, where nine tenths of them are there", () => {
  const ids = [7, 7, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const found = (text: string) => {
    const { spans, leftOut } = annotate({ vocabulary }, ids, 2, [{ behaviour: "a", words: text }]);
    return leftOut ? undefined : [spans[0]!.start, spans[0]!.end];
  };
  assert.deepEqual(found("let me think again"), [4, 8]);
  assert.deepEqual(found("Wait, let me think again. Xxxx"), undefined); // 26 of 30 characters
  assert.deepEqual(found("Wait, let me think again. X"), [2, 10]); // 26 of 27
  assert.deepEqual(found(" think again. Über"), [6, 11]);
  assert.deepEqual(found("me thunk again"), undefined);
  assert.deepEqual(found("Wait"), undefined); // one token, which is left out
  assert.deepEqual(found(""), undefined);
});

Deno.test("relative importance sums to one, and what gained did not shift", () => {
  const before = { a: { x: 1, y: 3 }, b: { x: 0, y: 0 } };
  assert.deepEqual(relativeImportance(before), { a: { x: 0.25, y: 0.75 }, b: { x: 0, y: 0 } });
  assert.deepEqual(importanceShift(before, { a: { x: 5, y: 5 }, b: { x: 1, y: 0 } }), {
    a: { x: 0, y: 0.25 },
    b: { x: 0, y: 0 },
  });
  assert.throws(() => importanceShift(before, { a: { x: 1 } }), /importance of y for a/);
});

Deno.test("parts outside of their answer, no answers and other models are refused", async () => {
  const outside = [{ ids: [1, 2], spans: [{ behaviour: "a", start: 1, end: 3 }] }];
  await assert.rejects(steeringVectors(linearModel(), outside), /within its 2 tokens, found 1 to 3/);
  await assert.rejects(steeringVectors(linearModel(), []), /in no answers/);
  const g = new GraphBuilder();
  g.output(g.identity(g.input("input_ids", "float32", [1])), "y");
  await assert.rejects(steeringVectors(g.model(), ANSWERS), /weights named …_proj.weight/);
});
