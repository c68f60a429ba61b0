import { TypeError } from "../../errors.ts";
import { describe, intAttribute, stringAttribute } from "../attribute.ts";
import { GraphBuilder, type Value } from "../builder.ts";
import type { Graph } from "../model.ts";
import { int64, scalar } from "../../tensor/tensor.ts";
import { constantOf, type GradientCall, type GradientRule, type GradientRules } from "./call.ts";
import { dimValue, zerosLike } from "./shape.ts";

/** What a cell computes at each step: the new state, of which the first part is what it gives. */
type Step = (b: GraphBuilder, state: readonly Value[], weights: readonly Value[], read: Value) => Value[];

/** A cell in its usual form. */
interface Cell {
  gates: number;
  /** How many values the state has: what it gives, and what it keeps to itself. */
  states: number;
  /** Names of the functions of one direction, in lower case. */
  functions: readonly string[];
  /** Whether biases of the state belong to a gate's inside, and are not added to what is read. */
  apart: boolean;
  step: (call: GradientCall) => Step;
}

/** Gates as ONNX orders them: input, output, forget, cell. */
const lstm: Step = (b, [h, c], [r], read) => {
  const a = b.add(read, b.matMul(h!, r!));
  const [i, o, f, g] = parts(b, a, 4);
  const cell = b.add(b.mul(b.sigmoid(f!), c!), b.mul(b.sigmoid(i!), b.tanh(g!)));
  return [b.mul(b.sigmoid(o!), b.tanh(cell)), cell];
};

/** Update, reset and hidden gate; PyTorch resets behind the product with the state. */
const gru = ({ node }: GradientCall): Step => (b, [h], [r, bias], read) => {
  const size = b.shape(h!)[1] as number;
  const [gates, hidden] = b.split(r!, [2 * size, size], 1);
  const [readGates, readHidden] = b.split(read, [2 * size, size], 1);
  const [z, reset] = parts(b, b.sigmoid(b.add(readGates!, b.matMul(h!, gates!))), 2);
  const product = (state: Value) => b.add(b.matMul(state, hidden!), bias!);
  const inside = intAttribute(node, "linear_before_reset", 0)
    ? b.mul(reset!, product(h!))
    : product(b.mul(reset!, h!));
  const proposed = b.tanh(b.add(readHidden!, inside));
  return [b.add(proposed, b.mul(z!, b.sub(h!, proposed)))];
};

const rnn: Step = (b, [h], [r], read) => [b.tanh(b.add(read, b.matMul(h!, r!)))];

function parts(b: GraphBuilder, x: Value, count: number): Value[] {
  const size = b.shape(x)[1] as number / count;
  return b.split(x, Array(count).fill(size), 1);
}

/** A graph for a node's attribute, all of whose names begin with `prefix`. */
function bodyOf(prefix: string, build: (b: GraphBuilder) => void): Graph {
  const b = new GraphBuilder(prefix);
  build(b);
  const graph = b.graph();
  const renamed = (name: string) => name && `${prefix}/${name}`;
  const keys = <T>(map: ReadonlyMap<string, T>) =>
    new Map([...map].map(([name, value]) => [renamed(name), value]));
  return {
    ...graph,
    inputs: graph.inputs.map(renamed),
    outputs: graph.outputs.map(renamed),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(renamed),
      outputs: node.outputs.map(renamed),
    })),
    initializers: keys(graph.initializers),
    values: keys(graph.values),
  };
}

/** What a recurrence begins with and reads. */
interface Recurrence {
  /** The state at the beginning, [batch, hidden] each. */
  states: readonly Value[];
  /** What every step reads alike. */
  weights: readonly Value[];
  /** What each step reads, [steps, batch, …], and whether its sequence still goes on, [steps, batch, 1]. */
  read: Value;
  goesOn: Value | undefined;
}

/** One step, and what is left of the state where a sequence has ended: `given` is zero there. */
function steps(
  b: GraphBuilder,
  step: Step,
  state: Value[],
  { weights, read, goesOn }: { weights: Value[]; read: Value; goesOn?: Value | undefined },
) {
  const next = step(b, state, weights, read);
  if (!goesOn) return { next: next.map((value) => b.identity(value)), given: b.identity(next[0]!) };
  const held = next.map((value, i) => b.add(state[i]!, b.mul(goesOn, b.sub(value, state[i]!))));
  return { next: held, given: b.mul(next[0]!, goesOn) };
}

/** The gradients of a recurrence: backpropagation through time, as one Scan there and one back. */
function throughTime(
  { g, pullBack }: GradientCall,
  step: Step,
  { states, weights, read, goesOn }: Recurrence,
  { given, last }: { given: Value | undefined; last: readonly (Value | undefined)[] },
): { states: Value[]; weights: Value[]; read: Value } {
  const type = g.info(read).type ?? "float32";
  const inputLike = (b: GraphBuilder, name: string, like: Value, stacked = false) =>
    b.input(name, type, stacked ? g.shape(like).slice(1) : g.shape(like));
  const sequences = [read, ...goesOn ? [goesOn] : []];
  const forward = bodyOf(`${read}/step`, (b) => {
    const state = states.map((value, i) => inputLike(b, `state${i}`, value));
    const held = weights.map((value, i) => inputLike(b, `weight${i}`, value));
    const [now, on] = sequences.map((value, i) => inputLike(b, `read${i}`, value, true));
    const { next } = steps(b, step, state, { weights: held, read: now!, goesOn: on });
    for (const value of [...next, ...held, ...state]) b.output(b.identity(value));
  });
  const count = states.length;
  const kept = g.node("Scan", [...states, ...weights, ...sequences], {
    body: { type: "graph", value: forward },
    num_scan_inputs: sequences.length,
  }, { outputs: 2 * count + weights.length }).slice(-count);
  kept.forEach((value, i) => g.declare(value, { type, shape: [g.shape(read)[0]!, ...g.shape(states[i]!)] }));
  const backward = bodyOf(`${read}/back`, (b) => {
    const dNext = states.map((value, i) => inputLike(b, `dstate${i}`, value));
    const sums = weights.map((value, i) => inputLike(b, `dweight${i}`, value));
    const held = weights.map((value, i) => inputLike(b, `weight${i}`, value));
    const state = states.map((value, i) => inputLike(b, `state${i}`, value));
    const [now, on] = sequences.map((value, i) => inputLike(b, `read${i}`, value, true));
    const dGiven = given && inputLike(b, "dgiven", given, true);
    const { next, given: out } = steps(b, step, state, { weights: held, read: now!, goesOn: on });
    const seeds = new Map(next.map((value, i) => [value, dNext[i]!]));
    if (dGiven) seeds.set(out, dGiven);
    const found = pullBack(seeds, [...state, ...held, now!], b);
    for (const value of state) b.output(b.identity(found[value]!));
    held.forEach((value, i) => b.output(b.add(sums[i]!, found[value]!)));
    for (const value of held) b.output(b.identity(value));
    b.output(b.identity(found[now!]!));
  });
  const start = states.map((value, i) => last[i] ?? zerosLike(g, value));
  const stacks = [...kept, ...sequences, ...given ? [given] : []];
  const turned = { type: "ints", value: stacks.map(() => 1) } as const;
  const found = g.node("Scan", [
    ...start,
    ...weights.map((value) => zerosLike(g, value)),
    ...weights,
    ...stacks,
  ], {
    body: { type: "graph", value: backward },
    num_scan_inputs: stacks.length,
    scan_input_directions: turned,
    scan_output_directions: [1],
  }, { outputs: count + 2 * weights.length + 1 });
  const like = [...states, ...weights, ...weights, read];
  found.forEach((value, i) => g.declare(value, { type, shape: g.shape(like[i]!) }));
  return {
    states: found.slice(0, count),
    weights: found.slice(count, count + weights.length),
    read: found.at(-1)!,
  };
}

/** Whether steps of each example belong to its sequence, [steps, batch, 1], as numbers. */
function goingOn(g: GraphBuilder, x: Value, lengths: Value): Value {
  const steps = g.squeeze(dimValue(g, x, 0), [0]);
  const [places] = g.node("Range", [g.constant(int64([0], [])), steps, g.constant(int64([1], []))]);
  const column = g.reshape(places!, [-1, 1, 1]);
  const row = g.reshape(g.cast(lengths, "int64"), [1, -1, 1]);
  const mask = g.cast(g.less(column, row), g.info(x).type ?? "float32");
  g.declare(mask, { type: g.info(x).type, shape: [g.shape(x)[0]!, g.shape(x)[1]!, 1] });
  return mask;
}

/** A sequence from its end to its beginning; with lengths, each example from its own. */
function reversed(g: GraphBuilder, x: Value, lengths: Value | undefined): Value {
  if (!lengths) return g.slice(x, [-1], [-(2n ** 62n)], [0], [-1]);
  return g.node("ReverseSequence", [x, g.cast(lengths, "int64")], { time_axis: 0, batch_axis: 1 })[0]!;
}

/** One entry of the first axis, or of the axis given, which is gone then. */
const at = (g: GraphBuilder, x: Value, index: number, axis = 0): Value =>
  g.gather(x, g.constant(int64([index], [])), axis);

function requireUsual({ node, x, g }: GradientCall, { functions }: Cell): void {
  const named = node.attributes["activations"];
  const others = named?.type === "strings" &&
    named.value.some((name, i) => String(name).toLowerCase() !== functions[i % functions.length]);
  const odd = others
    ? "other functions than its own"
    : node.attributes["clip"]
    ? "clip"
    : intAttribute(node, "layout", 0)
    ? "layout 1"
    : intAttribute(node, "input_forget", 0)
    ? "coupled gates"
    : x[7]
    ? "peepholes"
    : typeof g.shape(x[2]!)[2] !== "number"
    ? "a number of hidden units that is not known"
    : undefined;
  if (odd) {
    throw new TypeError(
      `Cannot differentiate ${describe(node)}: expected the cell in its usual form, found ${odd}; ` +
        `write it with other operators`,
    );
  }
}

/**
 * Rule of a recurrent layer: each direction by itself, what is read and the weights by ordinary operators.
 */
const recurrent = (cell: Cell): GradientRule => (call) => {
  requireUsual(call, cell);
  const { g, node, x, dy, needs, pullBack } = call;
  const copies = x.map((value, i) => value && needs(i) ? g.identity(value) : value);
  const [input, w, r, bias, lengths, ...begin] = copies;
  const hidden = g.shape(r!)[2] as number;
  const direction = stringAttribute(node, "direction", "forward");
  const seeds = new Map<Value, Value>();
  const type = g.info(input!).type ?? "float32";
  const zero = type === "float32" ? g.constant(scalar(0)) : constantOf(g, type, 0);
  const noState = () => g.expand(zero, g.concat([dimValue(g, input!, 1), g.ints([hidden])], 0));
  for (let way = 0; way < Number(g.shape(w!)[0]); way++) {
    const turns = direction === "reverse" || way === 1;
    const turn = (value: Value) => turns ? reversed(g, value, lengths || undefined) : value;
    const biases = bias ? g.split(at(g, bias, way), [cell.gates * hidden, cell.gates * hidden]) : undefined;
    const weights = [g.transpose(at(g, r!, way), [1, 0])];
    let read = g.matMul(turn(input!), g.transpose(at(g, w!, way), [1, 0]));
    if (biases) read = g.add(read, biases[0]!);
    if (cell.apart) {
      const [outside, inside] = biases
        ? g.split(biases[1]!, [(cell.gates - 1) * hidden, hidden])
        : [undefined, g.expand(zero, [hidden])];
      if (outside) read = g.add(read, g.pad(outside, [0, hidden]));
      weights.push(inside!);
    } else if (biases) read = g.add(read, biases[1]!);
    const states = Array.from(
      { length: cell.states },
      (_, i) => begin[i] ? at(g, begin[i]!, way) : noState(),
    );
    states.forEach((value) => g.declare(value, { type, shape: [g.shape(input!)[1]!, hidden] }));
    const goesOn = lengths ? goingOn(g, input!, lengths) : undefined;
    const given = dy[0] ? turn(at(g, dy[0], way, 1)) : undefined;
    const last = [1, 2].map((output) => dy[output] && at(g, dy[output]!, way));
    const found = throughTime(call, cell.step(call), { states, weights, read, goesOn }, { given, last });
    states.forEach((value, i) => seeds.set(value, found.states[i]!));
    weights.forEach((value, i) => seeds.set(value, found.weights[i]!));
    seeds.set(read, found.read);
  }
  const found = pullBack(seeds, copies.filter((_, i) => needs(i)));
  return copies.map((copy, i) => needs(i) ? found[copy] : undefined);
};

export const recurrents: GradientRules = {
  LSTM: recurrent({
    gates: 4,
    states: 2,
    functions: ["sigmoid", "tanh", "tanh"],
    apart: false,
    step: () => lstm,
  }),
  GRU: recurrent({ gates: 3, states: 1, functions: ["sigmoid", "tanh"], apart: true, step: gru }),
  RNN: recurrent({ gates: 1, states: 1, functions: ["tanh"], apart: false, step: () => rnn }),
};
