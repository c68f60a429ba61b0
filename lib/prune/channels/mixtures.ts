import { quoted } from "../../printable.ts";
import { describe, stringAttribute } from "../../onnx/attribute.ts";
import type { Node } from "../../onnx/model.ts";
import { factsOf, operatorOf, type OpName } from "../../onnx/operators/table.ts";
import type { Use } from "../../onnx/topology.ts";
import type { Walk } from "../../onnx/walk.ts";
import type { Flow } from "../rows/row.ts";
import { type Axes, isGate } from "./axis.ts";
import type { ChannelIds, ChannelUnionFind } from "./channel_union_find.ts";
import type { Choice, Gate } from "./gates.ts";

/** Operators of which the result is zero where any input is. */
const PRODUCTS: ReadonlySet<string> = new Set<OpName>(["Mul", "MatMul", "Einsum", "And"]);

/** Further operators that make zeros of a first input of zeros. */
const ZERO_OF_ZERO: ReadonlySet<string> = new Set<OpName>(["Expand", "Slice", "Split", "Div", "ReduceSum"]);

/** Whether all that a node makes is zero where its input at an index is. */
function passesZero(node: Node, index: number): boolean {
  const op = operatorOf(node);
  if (PRODUCTS.has(op)) return true;
  const { elementwise, ofZero, rearranges } = factsOf(node);
  return index === 0 &&
    (rearranges || ZERO_OF_ZERO.has(op) || (elementwise === "unary" && ofZero === "zero"));
}

/** Whether a node only adds its input at an index to others. */
function adds(node: Node, index: number): boolean {
  const op = operatorOf(node);
  if (op === "Add" || op === "Sum") return true;
  return (op === "ScatterND" || op === "ScatterElements") && index === 2 &&
    stringAttribute(node, "reduction", "none") === "add";
}

/** Whether numbers of experts are still these behind a node. */
const keepsNumbers = (node: Node): boolean => !!factsOf(node).rearranges || operatorOf(node) === "Expand";

/** What a walk through a graph finds of mixtures of experts, beside the channels that experts are. */
export class Mixtures {
  /** Choices among experts. */
  readonly choices: Choice[] = [];
  /** Values that hold numbers of experts, and of which. */
  readonly #places = new Map<string, ChannelIds>();
  /** Values that are zero without an expert. */
  readonly #gated = new Map<string, number>();
  readonly #walk: Walk;
  readonly #atoms: ChannelUnionFind;
  readonly #uses: ReadonlyMap<string, readonly Use[]>;

  constructor(walk: Walk, atoms: ChannelUnionFind, uses: ReadonlyMap<string, readonly Use[]>) {
    this.#walk = walk;
    this.#atoms = atoms;
    this.#uses = uses;
  }

  /** The experts that the numbers in a value are the places of. */
  placesIn(name: string | undefined): ChannelIds | undefined {
    return this.#places.get(name ?? "");
  }

  /**
   * Takes down what a node does to experts: chooses among them, makes zeros without one, passes numbers on.
   *
   * @param asked inputs whose numbers the node's row asked for, and so answers for
   */
  visit(
    node: Node,
    { choice, gate, places }: Flow,
    { asked, values }: { asked: ReadonlySet<number>; values: ReadonlyMap<string, Axes> },
  ): void {
    const [output = ""] = node.outputs;
    if (choice) {
      const { axis, experts: { labels }, least } = choice;
      const rank = this.#walk.shape(node.inputs[0])?.length ?? 0;
      const why = `${describe(node)} compares its channels with one another`;
      this.choices.push({ output, axis, rank, labels, least, why });
      if (places !== undefined) this.#places.set(node.outputs[places] ?? output, labels);
    }
    node.inputs.forEach((name, index) => {
      const numbers = this.#places.get(name);
      if (numbers && index === 0 && keepsNumbers(node)) this.#places.set(output, numbers);
      else if (numbers && !asked.has(index) && !factsOf(node).sizes?.includes(index)) {
        this.#atoms.keep(numbers, `${describe(node)} needs the numbers of these experts`);
      }
      const label = this.#gated.get(name);
      if (label !== undefined && passesZero(node, index)) {
        for (const made of node.outputs) this.#gated.set(made, label);
      }
    });
    if (gate !== undefined) this.#gated.set(output, gate);
    for (const name of node.outputs) {
      const shape = this.#walk.shape(name);
      const only = values.get(name)?.find((axis, i) =>
        isGate(axis) && axis.labels.length === 1 && shape?.[i] === 1
      );
      if (isGate(only) && !this.#gated.has(name)) this.#gated.set(name, only.labels[0]!);
    }
  }

  /**
   * The sums that do without an expert. What was chosen among and has neither a sum of its own nor a weight
   * in a stack of weights is no expert, and stays.
   */
  gates(stored: readonly { tensor: string; labels: ChannelIds }[]): Gate[] {
    const { graph } = this.#walk;
    const gates: Gate[] = [];
    const outputs = new Set(graph.outputs);
    for (const [value, label] of this.#gated) {
      const keep = (why: string) => this.#atoms.keep(Int32Array.of(label), why);
      if (outputs.has(value)) keep(`${quoted(value)} is an output of the graph`);
      for (const { node, index } of this.#uses.get(value) ?? []) {
        const [output = ""] = node.outputs;
        if (this.#gated.get(output) === label) continue;
        const why = `${describe(node)} needs what this expert gives`;
        if (!adds(node, index) || this.#gated.has(output)) keep(why);
        else gates.push({ atom: label, output, addend: index });
        // A sum of nothing is nothing that anybody but another sum can do without.
        const alone = node.inputs.every((name) => this.#gated.has(name));
        if (alone && !(this.#uses.get(output) ?? []).every((use) => adds(use.node, use.index))) keep(why);
      }
    }
    for (const [value, labels] of this.#places) {
      if (outputs.has(value)) this.#atoms.keep(labels, `${quoted(value)} is an output of the graph`);
    }
    const found = new Set(gates.map(({ atom }) => this.#atoms.find(atom)));
    for (const { tensor, labels } of stored) {
      if (graph.initializers.get(tensor)!.dims.length < 3) continue;
      for (const label of labels) found.add(this.#atoms.find(label));
    }
    for (const { labels, why } of this.choices) {
      const others = labels.filter((label) => !found.has(this.#atoms.find(label)));
      if (others.length > 0) this.#atoms.keep(others, why);
    }
    return gates;
  }
}
