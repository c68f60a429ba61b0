import { deepEqual, match, ok } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

const weights = (gates: number) => [
  { weight: [1, gates * 3, 5] },
  { weight: [1, gates * 3, 3] },
  { weight: [1, 2 * gates * 3] },
];

Deno.test("a hidden unit is a row of every gate, a column of what reads the state, and a bias twice a gate", () => {
  for (const [op, gates] of [["LSTM", 4], ["GRU", 3], ["RNN", 1]] as const) {
    const { outputs, joins, roles } = flowOf(op, [[7, 2, 5], ...weights(gates)], { outputs: 2 });
    deepEqual(outputs.map((axes) => axes.at(-1)), ["2.2", "2.2", "2.2"], op);
    for (let gate = 0; gate < gates; gate++) {
      const rows = gates === 1 ? "" : `[${[0, 1, 2].map((unit) => gate * 3 + unit)}]`;
      for (const input of [1, 2]) ok(joins.includes(`2.2 = ${input}.1${rows}`), `${op}: ${joins}`);
    }
    deepEqual(joins.filter((join) => join.includes(" = 3.1")).length, 2 * gates, op);
    deepEqual(
      roles,
      { "0.2": "in", "1.1": "out", "1.2": "in", "2.1": "out", "2.2": "in", "3.1": "bias" },
      op,
    );
    match(outputs[0]![0]!, new RegExp(`^closed: ${op}.* goes along it$`));
  }
});

Deno.test("a unit stays zero where its functions make zero of zero", () => {
  const unit = (...names: string[]) =>
    flowOf("LSTM", [[7, 2, 5], ...weights(4)], {
      attributes: { activations: { type: "strings", value: names } },
    }).outputs[0]!.at(-1);
  deepEqual(unit("Sigmoid", "Tanh", "Relu"), "2.2");
  deepEqual(unit("Sigmoid", "Sigmoid", "Tanh"), "2.2~");
});
