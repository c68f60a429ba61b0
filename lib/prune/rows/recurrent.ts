import type { OperatorTable } from "../../onnx/operators/table.ts";
import { describe } from "../../onnx/attribute.ts";
import { type Axis, closed, isOpen, pick, stop } from "../channels/axis.ts";
import { contract } from "./linear.ts";
import type { ChannelCall, ChannelRow } from "./row.ts";

/**
 * A recurrent cell: its gates, each with weights of all hidden units, and what else holds a number per unit.
 */
interface Cell {
  gates: number;
  /** Inputs with the state that a sequence begins with. */
  states: readonly number[];
  /** Input with the weights by which gates look at the cell's state, and how many such gates there are. */
  peepholes?: readonly [input: number, gates: number];
  /** Which functions of each direction make the state, of those that the node names. */
  makers: readonly number[];
  /** How many functions there are in each direction. */
  functions: number;
}

/** Functions that make 0 of 0, by the names that the node's `activations` have. */
const OF_ZERO = new Set(["tanh", "relu", "leakyrelu", "thresholdedrelu", "scaledtanh", "elu", "softsign"]);

/** Whether a unit without weights stays 0: then its state is what it was, 0 if it begins so, times a gate. */
function staysZero({ node }: ChannelCall, cell: Cell): boolean {
  const named = node.attributes["activations"];
  if (named?.type !== "strings") return true;
  const names = named.value.map((name) => String(name).toLowerCase());
  return names.every((name, i) => !cell.makers.includes(i % cell.functions) || OF_ZERO.has(name));
}

/**
 * A hidden unit is a row of every gate in both matrices and the biases, a column of the matrix that reads the
 * state, and a place in the states, the same in both directions.
 */
const recurrent = (cell: Cell): ChannelRow => (call) => {
  const { node } = call;
  const joins: [Axis, Axis][] = [];
  const hidden = call.axis(2, 2, "in");
  const parts: Axis[] = [hidden];
  /** Couples the axis of an input that has a run of all units for each gate. */
  const couple = (input: number, axis: number, runs: number, role: "out" | "bias" | "scale" | "other") => {
    if (!node.inputs[input]) return;
    const all = call.axis(input, axis, role);
    parts.push(all);
    if (!isOpen(all)) return void joins.push([hidden, all]);
    const units = all.labels.length / runs;
    for (let run = 0; run < runs; run++) {
      joins.push([hidden, pick(all, Array.from({ length: units }, (_, i) => run * units + i))]);
    }
  };
  couple(1, 1, cell.gates, "out");
  couple(2, 1, cell.gates, "out");
  couple(3, 1, 2 * cell.gates, "bias");
  for (const state of cell.states) couple(state, 2, 1, "other");
  if (cell.peepholes) couple(cell.peepholes[0], 1, cell.peepholes[1], "scale");
  const inner = contract(call, call.axis(0, 2, "in"), call.axis(1, 2, "in"));
  const zero = staysZero(call, cell) && parts.every((axis) => isOpen(axis) && axis.zero);
  const unit: Axis = parts.find((axis) => !isOpen(axis)) ?? { ...hidden, zero } as Axis;
  const why = `${describe(node)} goes along it`;
  const [steps, batch] = [stop(call.axis(0, 0), why), stop(call.axis(0, 1), why)];
  const directions = closed(why);
  const state = [directions, batch, unit];
  return {
    outputs: [[steps, directions, batch, unit], state, state],
    joins: [...joins, ...inner.joins],
    consumed: inner.consumed,
  };
};

/** Recurrent layers: what they read goes in, and hidden units come out. */
export const recurrents: OperatorTable<ChannelRow> = {
  LSTM: recurrent({ gates: 4, states: [5, 6], peepholes: [7, 3], makers: [1, 2], functions: 3 }),
  GRU: recurrent({ gates: 3, states: [5], makers: [1], functions: 2 }),
  RNN: recurrent({ gates: 1, states: [5], makers: [0], functions: 1 }),
};
