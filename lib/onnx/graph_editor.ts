import { withoutUndefined } from "../options.ts";
import { RangeError, TypeError } from "../errors.ts";
import { limits, raised } from "../limits.ts";
import { quoted } from "../printable.ts";
import { emptyRecord } from "../own.ts";
import { type AttributeLike, describe, toAttributes } from "./attribute.ts";
import type { Dim, Shape } from "./dim.ts";
import type { Draft } from "./draft.ts";
import { inferNode } from "./infer_shapes.ts";
import type { Scope } from "./shapes/call.ts";
import { type Graph, Model, type Node, OPSET, type ValueInfo } from "./model.ts";
import { contentsIn } from "./shapes/call.ts";
import { type AnyTensor, type DataType, int64, scalar } from "../tensor/tensor.ts";

/** The name of a value in a graph under construction. */
export type Value = string;

/**
 * Names of what {@linkcode GraphBuilder.constant} stores: settings of the computation, which nobody learns.
 */
export const CONSTANT_NAME: RegExp = /^const(_\d+)?$/;

/** A graph whose lists are its own; nodes and tensors are shared. */
function copyOf(graph: Graph): Draft<Graph> {
  return {
    ...graph,
    inputs: [...graph.inputs],
    outputs: [...graph.outputs],
    nodes: [...graph.nodes],
    initializers: new Map(graph.initializers),
    values: new Map(graph.values),
  };
}

/**
 * A graph under construction, the one place where a graph changes: names, stored tensors, nodes of any
 * operator, with types and shapes inferred on the way. {@linkcode GraphBuilder} adds a method per operator.
 */
export class GraphEditor {
  readonly #graph: Draft<Graph>;
  readonly #scope: Scope;
  readonly #opsets: Record<string, number>;
  readonly #taken: Set<string>;
  readonly #constants = new Map<string, Value>();
  /** Where to go on looking for a free name, by stem. */
  readonly #suffixes = new Map<string, number>();

  /** Starts an empty graph, or goes on from a copy of one. */
  constructor(from: string | Graph = "", opsets: Record<string, number> = { "": OPSET }) {
    this.#graph = typeof from === "string"
      ? { name: from, inputs: [], outputs: [], nodes: [], initializers: new Map(), values: new Map() }
      : copyOf(from);
    const { nodes, values, initializers, inputs } = this.#graph;
    this.#opsets = Object.assign(emptyRecord<number>(), opsets);
    this.#scope = { opsets: this.#opsets, values, initializers, contents: new Map() };
    this.#taken = new Set([...values.keys(), ...initializers.keys(), ...inputs]);
    for (const node of nodes) {
      for (const output of node.outputs) this.#taken.add(output);
      inferNode(node, this.#scope);
    }
  }

  /** The graph as it is now; what is added later does not change it. */
  graph(): Graph {
    return copyOf(this.#graph);
  }

  /** The graph as it is now, as a model. */
  model(): Model {
    return new Model(this.graph(), { opsets: { ...this.#opsets } });
  }

  /** Names of the inputs, in order. */
  get inputs(): readonly Value[] {
    return this.#graph.inputs;
  }

  /** Names of the inputs that have to be fed: those that are no stored tensors. */
  get fedInputs(): Value[] {
    return this.#graph.inputs.filter((name) => !this.#graph.initializers.has(name));
  }

  /** Names of the outputs, in order. */
  get outputs(): readonly Value[] {
    return this.#graph.outputs;
  }

  /** The nodes so far, in order. */
  get nodes(): readonly Node[] {
    return this.#graph.nodes;
  }

  /** The stored tensor of this name, if the graph has one. */
  tensor(value: Value): AnyTensor | undefined {
    return this.#graph.initializers.get(value);
  }

  /** Type and shape of a value, as far as they are known. */
  info(value: Value): ValueInfo {
    return this.#scope.values.get(value) ?? {};
  }

  /** Whether the graph has a value of this name. */
  has(value: Value): boolean {
    return this.#taken.has(value);
  }

  /** The numbers in a small tensor (a shape, axes, a scalar), flattened, as far as they are known by now. */
  contents(value: Value): readonly Dim[] | undefined {
    return contentsIn(this.#scope, value);
  }

  /**
   * Output `index` of a node of this graph; where the node leaves it out, a copy that has it takes its place.
   */
  outputOf(node: Node, index: number): Value {
    const { nodes } = this.#graph;
    const at = nodes.findIndex(({ outputs }) => outputs.includes(node.outputs.find(Boolean) ?? ""));
    const outputs = [...nodes[at]?.outputs ?? []];
    if (outputs[index]) return outputs[index];
    if (at < 0) {
      throw new TypeError(`Cannot add an output to ${describe(node)}: the node is not in the graph`);
    }
    while (outputs.length < index) outputs.push("");
    outputs[index] = this.#claim(this.freeName(`${node.op.toLowerCase()}.${index}`));
    nodes[at] = { ...nodes[at]!, outputs };
    inferNode(nodes[at], this.#scope);
    return outputs[index];
  }

  /** The shape of a value; throws where not even the rank is known. */
  shape(value: Value): Shape {
    const { shape } = this.info(value);
    if (shape === undefined) {
      throw new TypeError(
        `Cannot build on value ${quoted(value)}: its shape is unknown; run inferShapes first`,
      );
    }
    return shape;
  }

  /** A name that starts with `stem` and is still free. */
  freeName(stem: string): string {
    if (!this.#taken.has(stem)) return stem;
    let i = this.#suffixes.get(stem) ?? 1;
    while (this.#taken.has(`${stem}_${i}`)) i++;
    this.#suffixes.set(stem, i);
    return `${stem}_${i}`;
  }

  #claim(name: string): string {
    if (this.#taken.has(name)) {
      throw new TypeError(`Cannot add ${quoted(name)} to graph "${this.#graph.name}": the name is taken`);
    }
    this.#taken.add(name);
    return name;
  }

  /** Declares a graph input. */
  input(name: string, type: DataType, shape: Shape): Value {
    this.#graph.inputs.push(this.#claim(name));
    this.#graph.values.set(name, { type, shape });
    return name;
  }

  /** Stores a named tensor: a weight, a statistic. */
  parameter(name: string, tensor: AnyTensor): Value {
    this.#graph.initializers.set(this.#claim(name), tensor);
    this.#graph.values.set(name, { type: tensor.type, shape: [...tensor.dims] });
    return name;
  }

  /** A nameless stored tensor; equal small ones are stored once. */
  constant(tensor: AnyTensor): Value {
    const data = "data" in tensor ? tensor.data as ArrayLike<unknown> : undefined;
    const key = data && data.length <= 16
      ? `${tensor.type}[${tensor.dims}]${Array.from(data, (v) => Object.is(v, -0) ? "-0" : v).join()}`
      : undefined;
    const known = key && this.#constants.get(key);
    if (known) return known;
    const name = this.parameter(this.freeName("const"), tensor);
    if (key) this.#constants.set(key, name);
    return name;
  }

  /** A constant list of integers: a shape, axes, indices. */
  ints(values: readonly (number | bigint)[]): Value {
    return this.constant(int64(values));
  }

  /** Makes `value` a graph output, under another name if one is given. */
  output(value: Value, name: string = value): Value {
    const output = name === value ? value : this.nodeNamed([name], "Identity", [value])[0]!;
    this.#graph.outputs.push(output);
    return output;
  }

  /**
   * Adds any node and returns its outputs, freshly named.
   *
   * @param inputs value names; a number is a float32 scalar, `undefined` an omitted optional input
   */
  node(
    op: string,
    inputs: readonly (Value | number | undefined)[],
    attributes: Record<string, AttributeLike> = {},
    { outputs = 1, domain = "", name }: { outputs?: number; domain?: string; name?: string } = {},
  ): Value[] {
    const stem = name ?? op.toLowerCase();
    const names = Array.from({ length: outputs }, (_, i) => this.freeName(i ? `${stem}.${i}` : stem));
    return this.nodeNamed(names, op, inputs, attributes, domain);
  }

  /** Adds any node with given output names; `""` omits an optional output. */
  nodeNamed(
    outputs: readonly string[],
    op: string,
    inputs: readonly (Value | number | undefined)[],
    attributes: Record<string, AttributeLike> = {},
    domain = "",
  ): Value[] {
    const read = inputs.map((input) =>
      input === undefined ? "" : typeof input === "number" ? this.constant(scalar(input)) : input
    );
    while (read.at(-1) === "") read.pop();
    const made = outputs.map((output) => output && this.#claim(output));
    const node: Node = withoutUndefined({
      op,
      domain: domain || undefined,
      inputs: read,
      outputs: made,
      attributes: toAttributes(attributes),
    });
    for (const input of node.inputs) {
      if (input !== "" && !this.#taken.has(input)) {
        throw new TypeError(`Cannot add ${describe(node)}: its input ${quoted(input)} is not in the graph`);
      }
    }
    // A file has to name a version of every domain it uses.
    if (domain !== "") this.#opsets[domain] ??= 1;
    if (this.#graph.nodes.length >= limits().nodes) {
      throw new RangeError(
        `Cannot add ${describe(node)}: the graph has ${limits().nodes} nodes already, ${raised("nodes")}`,
      );
    }
    this.#graph.nodes.push(node);
    inferNode(node, this.#scope);
    return made;
  }

  /** Appends a node under the names that it has; nothing is inferred from it. */
  place(node: Node): void {
    for (const output of node.outputs) if (output !== "") this.#taken.add(output);
    this.#graph.nodes.push(node);
  }

  /** Takes the nodes from number `start` on out of the graph, and returns them. */
  removeFrom(start: number): Node[] {
    return this.#graph.nodes.splice(start);
  }

  /**
   * Puts nodes where a node was.
   *
   * @throws TypeError where the node is not one of {@linkcode nodes}
   */
  replaceNode(node: Node, nodes: readonly Node[]): void {
    const at = this.#graph.nodes.indexOf(node);
    if (at < 0) throw new TypeError(`Cannot replace ${describe(node)}: the node is not in the graph`);
    this.#graph.nodes.splice(at, 1, ...nodes);
  }

  /** Says what is known of a value, in place of what was known before. */
  declare(value: Value, info: ValueInfo): void {
    this.#graph.values.set(value, info);
  }

  /** Makes these values the graph's outputs, in place of those that it had. */
  setOutputs(values: readonly Value[]): void {
    this.#graph.outputs.splice(0, Infinity, ...values);
  }

  /** Makes a stored tensor an input, which is fed under its name from now on. */
  toInput(name: Value): void {
    const tensor = this.#graph.initializers.get(name);
    if (!tensor) {
      throw new TypeError(`Cannot make ${quoted(name)} an input: the graph stores no tensor of that name`);
    }
    this.#graph.initializers.delete(name);
    if (!this.#graph.inputs.includes(name)) this.#graph.inputs.push(name);
    this.declare(name, { type: tensor.type, shape: [...tensor.dims] });
  }
}
