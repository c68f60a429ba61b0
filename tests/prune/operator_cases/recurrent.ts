import { type Attributes, type Case, each, SHAPE } from "./case.ts";

const GATES = { LSTM: 4, GRU: 3, RNN: 1 };

/** A recurrent layer of three hidden units that reads [steps, batch, features]. */
const recurrent = (
  op: keyof typeof GATES,
  { both = false, states = 0, lengths = false, peepholes = false, output = 0, attributes = {} }: {
    both?: boolean;
    states?: number;
    lengths?: boolean;
    peepholes?: boolean;
    output?: number;
    attributes?: Attributes;
  } = {},
): Case => ({
  shape: SHAPE,
  build(n, x) {
    const [rows, ways] = [3 * GATES[op], both ? 2 : 1];
    const inputs = [x, n.weight(ways, rows, 6), n.weight(ways, rows, 3), n.weight(ways, 2 * rows)];
    inputs.push(lengths ? n.op("Cast", [n.ints(2, 1, 0, 2)], { to: 6 }) : "");
    for (let i = 0; i < states; i++) inputs.push(n.weight(ways, 4, 3));
    if (peepholes) inputs.push(n.weight(ways, 9));
    const direction = both ? "bidirectional" : "forward";
    return n.ops(op, inputs, { hidden_size: 3, direction, ...attributes }, output + 1)[output]!;
  },
});

export const recurrents: Record<string, Case> = {
  ...each("LSTM GRU RNN", (op) => ({
    [op]: recurrent(op as "GRU"),
    [`${op} in both directions, of several lengths`]: recurrent(op as "GRU", { both: true, lengths: true }),
    [`${op}'s last state`]: recurrent(op as "GRU", { output: 1 }),
  })),
  "LSTM that begins somewhere": recurrent("LSTM", { states: 2, peepholes: true }),
  "LSTM's cell state": recurrent("LSTM", { output: 2 }),
  "LSTM with other functions": recurrent("LSTM", {
    attributes: { activations: { type: "strings", value: ["Tanh", "Sigmoid", "Relu"] } },
  }),
  "GRU that begins somewhere": recurrent("GRU", { states: 1, attributes: { linear_before_reset: 1 } }),
};
