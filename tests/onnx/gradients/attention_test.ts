import assert from "node:assert/strict";
import { float } from "../../../lib/onnx/attribute.ts";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { checkGradient, numbers } from "./check.ts";

const [HEADS, QUERIES, KEYS, SIZE] = [2, 3, 4, 2];

/** softmax(cap · tanh(q·k / (√size · cap))) · v over the keys that are seen, head by head. */
const attend =
  (cap: number, seen: (query: number, key: number) => boolean) => (...x: number[][]): number[] => {
    const at = (input: number, length: number, head: number, place: number) =>
      x[input]!.slice((head * length + place) * SIZE).slice(0, SIZE);
    const result: number[] = [];
    for (let head = 0; head < HEADS; head++) {
      for (let query = 0; query < QUERIES; query++) {
        const q = at(0, QUERIES, head, query);
        const keys = Array.from({ length: KEYS }, (_, key) => key).filter((key) => seen(query, key));
        const weights = keys.map((key) => {
          const score = at(1, KEYS, head, key).reduce((sum, k, i) => sum + k * q[i]!, 0) / Math.sqrt(SIZE);
          return Math.exp(cap ? cap * Math.tanh(score / cap) : score);
        });
        const total = weights.reduce((a, b) => a + b);
        for (let i = 0; i < SIZE; i++) {
          result.push(
            keys.reduce((sum, key, j) => sum + weights[j]! * at(2, KEYS, head, key)[i]! / total, 0),
          );
        }
      }
    }
    return result;
  };

const inputs = {
  q: numbers([1, HEADS, QUERIES, SIZE]),
  k: numbers([1, HEADS, KEYS, SIZE], { seed: 2 }),
  v: numbers([1, HEADS, KEYS, SIZE], { seed: 3 }),
};
const declared = { q: [1, 2, "S", 2], k: [1, 2, "T", 2], v: [1, 2, "T", 2] };

Deno.test("gradients of Attention, with scores below a bound", async () => {
  const build = (g: GraphBuilder, ...x: Value[]) => g.node("Attention", x, { softcap: float(1.5) })[0]!;
  const reference = attend(1.5, () => true);
  await checkGradient(build, inputs, { reference, opset: 23 });
  await checkGradient(build, inputs, { reference, declared, opset: 23 });
});

Deno.test("gradients of Attention of keys that a mask and their places leave", async () => {
  const mask = (query: number, key: number) => (query + key) % 3 !== 1 || key === 0;
  const shown = Uint8Array.from({ length: QUERIES * KEYS }, (_, i) => +mask(Math.floor(i / KEYS), i % KEYS));
  const build = (g: GraphBuilder, ...x: Value[]) =>
    g.node("Attention", [...x, g.constant(new Tensor("bool", shown, [QUERIES, KEYS]))], { is_causal: 1 })[0]!;
  const reference = attend(0, (query, key) => mask(query, key) && key <= query);
  await checkGradient(build, inputs, { reference, opset: 23 });
  await checkGradient(build, inputs, { reference, declared, opset: 23 });
});

Deno.test("what has no gradient in attention and rotations is told", () => {
  const g = new GraphBuilder("cache", { "": 23 });
  const [q, k, v, past] = ["q", "k", "v", "past"].map((name) => g.input(name, "float32", [1, 2, 3, 4]));
  const [y] = g.node("Attention", [q, k, v, undefined, past, past], {}, { outputs: 3 });
  assert.throws(
    () => backward(g, g.reduceSum(y!, undefined, { keepdims: false }), ["q"]),
    /without its cache/,
  );
  const table = g.input("table", "float32", [1, 3, 2]);
  const turned = g.node("RotaryEmbedding", [q, table, table])[0]!;
  assert.throws(() => backward(g, g.reduceSum(turned, undefined, { keepdims: false }), ["table"]), /tables/);
});
