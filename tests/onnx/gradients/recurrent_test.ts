import assert from "node:assert/strict";
import type { AttributeLike } from "../../../lib/onnx/attribute.ts";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import { checkGradient, numbers } from "./check.ts";

const [STEPS, BATCH, READ, HIDDEN] = [3, 2, 3, 2];

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const range = (length: number) => Array.from({ length }, (_, i) => i);

/** What a gate of a unit gets from the step and from a state, with biases. */
type Gate = (gate: number, unit: number, state?: readonly number[]) => number;

/** Goes over the steps of every example; `step` gives the new states. */
const plain =
  (states: number, step: (read: Gate, held: Gate, states: number[][]) => number[][]) =>
  (x: number[], w: number[], r: number[], b: number[]): number[] => {
    const gates = w.length / READ / HIDDEN;
    const row = (matrix: number[], i: number, vector: readonly number[]) =>
      vector.reduce((sum, value, k) => sum + value * matrix[i * vector.length + k]!, 0);
    const y: number[] = Array(STEPS * BATCH * HIDDEN);
    for (let n = 0; n < BATCH; n++) {
      let now = range(states).map(() => Array<number>(HIDDEN).fill(0));
      for (let t = 0; t < STEPS; t++) {
        const read = x.slice((t * BATCH + n) * READ).slice(0, READ);
        now = step(
          (gate, unit) => row(w, gate * HIDDEN + unit, read) + b[gate * HIDDEN + unit]!,
          (gate, unit, state = now[0]!) =>
            row(r, gate * HIDDEN + unit, state) + b[(gates + gate) * HIDDEN + unit]!,
          now,
        );
        now[0]!.forEach((value, unit) => y[(t * BATCH + n) * HIDDEN + unit] = value);
      }
    }
    return y;
  };

/** Gates in ONNX's order: input, output, forget, cell. */
const lstm = plain(2, (read, held, [, c]) => {
  const gate = (k: number, unit: number) => read(k, unit) + held(k, unit);
  const cell = range(HIDDEN).map((u) =>
    sigmoid(gate(2, u)) * c![u]! + sigmoid(gate(0, u)) * Math.tanh(gate(3, u))
  );
  return [cell.map((value, u) => sigmoid(gate(1, u)) * Math.tanh(value)), cell];
});

/** Gates in ONNX's order: update, reset, hidden; the state is reset before the product with it. */
const gru = plain(1, (read, held, [h]) => {
  const reset = h!.map((value, u) => value * sigmoid(read(1, u) + held(1, u)));
  return [h!.map((value, u) => {
    const z = sigmoid(read(0, u) + held(0, u));
    return (1 - z) * Math.tanh(read(2, u) + held(2, u, reset)) + z * value;
  })];
});

const rnn = plain(1, (read, held) => [range(HIDDEN).map((u) => Math.tanh(read(0, u) + held(0, u)))]);

for (const [op, gates, reference] of [["LSTM", 4, lstm], ["GRU", 3, gru], ["RNN", 1, rnn]] as const) {
  Deno.test(`gradients of ${op}, with steps and examples that are known or not`, async () => {
    const inputs = {
      x: numbers([STEPS, BATCH, READ]),
      w: numbers([1, gates * HIDDEN, READ], { seed: 2 }),
      r: numbers([1, gates * HIDDEN, HIDDEN], { seed: 3 }),
      b: numbers([1, 2 * gates * HIDDEN], { seed: 4 }),
    };
    const build = (g: GraphBuilder, ...x: Value[]) => g.node(op, x, { hidden_size: HIDDEN })[0]!;
    await checkGradient(build, inputs, { reference });
    await checkGradient(build, inputs, { reference, declared: { x: ["T", "N", READ] } });
  });
}

Deno.test("cells in a form without a gradient are told", () => {
  const odd: [Record<string, AttributeLike>, RegExp][] = [
    [{ clip: { type: "float", value: 3 } }, /found clip/],
    [{ activations: { type: "strings", value: ["Sigmoid", "Relu", "Tanh"] } }, /found other functions/],
    [{ input_forget: 1 }, /found coupled gates/],
  ];
  for (const [attributes, message] of odd) {
    const g = new GraphBuilder();
    const [x, w, r] = [[3, 2, 3], [1, 8, 3], [1, 8, 2]].map((dims, i) => g.input(`x${i}`, "float32", dims));
    const [y] = g.node("LSTM", [x, w, r], { hidden_size: 2, ...attributes });
    assert.throws(() => backward(g, g.reduceSum(y!, undefined, { keepdims: false }), ["x0"]), message);
  }
});
