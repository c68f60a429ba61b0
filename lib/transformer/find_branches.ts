import type { Graph, Node } from "../onnx/model.ts";
import { factsOf, operatorOf, type OpName } from "../onnx/operators/table.ts";
import { producers } from "../onnx/topology.ts";
import { isTensor } from "../tensor/tensor.ts";
import { floatAttribute, intAttribute } from "../onnx/attribute.ts";
import type { BlockKind } from "./elements.ts";

/** A branch into the residual stream, from its output projection on. */
export interface Branch {
  /** Kind of the block that the projection ends. */
  kind: BlockKind;
  /** Output of the addition to the residual stream. */
  sum: string;
  /** Which input of that addition is the branch; the other one is the stream. */
  side: 0 | 1;
  /** Output of the projection. */
  projection: string;
  /** The projection's stored weight. */
  weight: string;
  /** Columns that the projection reads: heads times their width, or neurons. */
  width: number;
  /** Columns of one head; undefined where there are no heads, or that is not known. */
  headWidth: number | undefined;
  /**
   * Steps between the projection's product and the addition, in order: constants by name, and what they are
   * multiplied by first, a Gemm's beta or 1.
   */
  after: readonly { op: "Add" | "Mul"; constant: string; times: number }[];
  /**
   * Product of attention weights and values: its output, and which of its inputs are the weights; undefined
   * where there is none, or attention is hard already.
   */
  product: { output: string; side: 0 | 1 } | undefined;
}

/** Operators that leave a vector's meaning as it is. */
const LAYOUT: ReadonlySet<string> = new Set<OpName>([
  "Identity",
  "Dropout",
  "Cast",
  "Reshape",
  "Squeeze",
  "Unsqueeze",
  "Transpose",
]);

/** Operators that take parts of a vector: gate and value of one projection. Pruned, a Slice is a Gather. */
const PARTS: ReadonlySet<string> = new Set<OpName>(["Split", "Slice", "Gather"]);

/** Operators that may stand between a softmax and the product that reads it. */
const BESIDE_SOFTMAX: ReadonlySet<string> = new Set<OpName>([
  "Identity",
  "Dropout",
  "Cast",
  "Where",
  "Mul",
  "Reshape",
  "ScatterElements",
  "Div",
]);

/** All branches of a graph whose constants are initializers, in its order. */
export function findBranches(graph: Graph): Branch[] {
  const look = new Look(graph);
  return graph.nodes.flatMap((node) => {
    if (operatorOf(node) !== "Add" || node.inputs.some((input) => look.isConstant(input))) return [];
    // The branch is the side that ends in a projection. Where both do, one may still be the stream: what the
    // other is computed from. Else they stand side by side, and their sum goes to the stream.
    const found = ([0, 1] as const).flatMap((side) => look.branch(node, side) ?? []);
    const [one, two] = found;
    if (!one || !two) return found;
    if (look.follows(two.projection, one.projection)) return [two];
    if (look.follows(one.projection, two.projection)) return [one];
    return look.isAdded(one.sum) ? [one, two] : [two];
  });
}

class Look {
  readonly #graph: Graph;
  readonly #producer: ReadonlyMap<string, Node>;
  readonly #constant = new Map<string, boolean>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#producer = producers(graph);
  }

  /** Whether a value follows from stored tensors alone. */
  isConstant(value: string): boolean {
    if (this.#graph.initializers.has(value)) return true;
    const known = this.#constant.get(value);
    if (known !== undefined) return known;
    const node = this.#producer.get(value);
    const constant = node !== undefined && node.inputs.length > 0 &&
      node.inputs.every((input) => input === "" || this.isConstant(input));
    this.#constant.set(value, constant);
    return constant;
  }

  /** Whether a value is added to another one that is computed, and read nowhere else. */
  isAdded(value: string): boolean {
    const { nodes, outputs } = this.#graph;
    const [reader, ...others] = nodes.filter(({ inputs }) => inputs.includes(value));
    return reader !== undefined && others.length === 0 && !outputs.includes(value) &&
      operatorOf(reader) === "Add" && !reader.inputs.some((input) => this.isConstant(input));
  }

  /** Whether a value is computed from another one. */
  follows(value: string, from: string): boolean {
    const seen = new Set<string>();
    const waiting = [value];
    while (waiting.length > 0) {
      const name = waiting.pop()!;
      if (seen.has(name)) continue;
      if (name === from) return true;
      seen.add(name);
      waiting.push(...this.#producer.get(name)?.inputs.filter(Boolean) ?? []);
    }
    return false;
  }

  branch(add: Node, side: 0 | 1): Branch | undefined {
    const after: Branch["after"][number][] = [];
    let value = add.inputs[side]!;
    for (;;) {
      const node = this.#producer.get(value);
      if (node === undefined) return undefined;
      const op = operatorOf(node);
      const constants = node.inputs.filter((input) => this.isConstant(input));
      if ((op === "Add" || op === "Mul") && constants.length === 1) {
        after.unshift({ op, constant: constants[0]!, times: 1 });
        value = node.inputs.find((input) => input !== constants[0])!;
      } else if (LAYOUT.has(op)) value = node.inputs[0]!;
      else {
        const bias = op === "Gemm" ? node.inputs[2] : undefined;
        if (bias) after.unshift({ op: "Add", constant: bias, times: floatAttribute(node, "beta", 1) });
        return this.#ofProjection(node, { sum: add.outputs[0]!, side, after });
      }
    }
  }

  #ofProjection(node: Node, rest: Pick<Branch, "sum" | "side" | "after">): Branch | undefined {
    if (!this.#isProjection(node)) return undefined;
    const weight = this.#storedIn(node.inputs[1]!);
    const width = this.#width(node);
    if (weight === undefined || width === undefined) return undefined;
    const found = { ...rest, projection: node.outputs[0]!, weight, width, headWidth: undefined };
    const core = this.#behind(node.inputs[0]!, LAYOUT);
    if (core && operatorOf(core) === "Attention") {
      return { ...found, kind: "attention", product: undefined, headWidth: this.#headWidth(core, width) };
    }
    if (core && operatorOf(core) === "MatMul" && !core.inputs.some((input) => this.isConstant(input))) {
      const weights = ([0, 1] as const).find((side) => {
        const from = this.#behind(core.inputs[side]!, BESIDE_SOFTMAX);
        return from && operatorOf(from) === "Softmax";
      });
      if (weights === undefined) return undefined;
      const hard = this.#isHard(core.inputs[weights]!);
      const product = hard ? undefined : { output: core.outputs[0]!, side: weights };
      return { ...found, kind: "attention", product, headWidth: this.#headWidth(core, width) };
    }
    return this.#isFeedForward(node.inputs[0]!)
      ? { ...found, kind: "feed-forward", product: undefined }
      : undefined;
  }

  /** A product with a stored matrix. */
  #isProjection(node: Node): boolean {
    const op = operatorOf(node);
    if (op !== "MatMul" && op !== "Gemm") return false;
    if (op === "Gemm" && intAttribute(node, "transA", 0) !== 0) return false;
    return this.isConstant(node.inputs[1]!) && !this.isConstant(node.inputs[0]!);
  }

  /** The stored matrix behind a value: the weight itself, transposed, or quantised and back. */
  #storedIn(value: string): string | undefined {
    let name = value;
    while (!this.#graph.initializers.has(name)) {
      const node = this.#producer.get(name);
      const next = node?.inputs.find((input) => (this.#rank(input) ?? 0) >= 2) ?? node?.inputs[0];
      if (next === undefined) return undefined;
      name = next;
    }
    const tensor = this.#graph.initializers.get(name)!;
    return isTensor(tensor) && tensor.dims.length === 2 ? name : undefined;
  }

  #rank(value: string): number | undefined {
    return this.#graph.initializers.get(value)?.dims.length ?? this.#graph.values.get(value)?.shape?.length;
  }

  #width(node: Node): number | undefined {
    const shape = this.#graph.initializers.get(node.inputs[1]!)?.dims ??
      this.#graph.values.get(node.inputs[1]!)?.shape;
    const width = shape?.[operatorOf(node) === "Gemm" && intAttribute(node, "transB", 0) === 1 ? 1 : 0];
    return typeof width === "number" ? width : undefined;
  }

  /** Columns of a head: the size of [batch, heads, length, size], a part of [batch, length, heads · size]. */
  #headWidth(core: Node, width: number): number | undefined {
    const shape = this.#graph.values.get(core.outputs[0]!)?.shape;
    const heads = operatorOf(core) === "Attention" ? intAttribute(core, "q_num_heads", 0) : 0;
    if (shape?.length === 3 && heads > 0) return width / heads;
    const last = shape?.at(-1);
    return typeof last === "number" ? last : undefined;
  }

  /** The node behind a value, looking through some operators along what they compute from. */
  #behind(value: string, through: ReadonlySet<string>): Node | undefined {
    let node = this.#producer.get(value);
    while (node && through.has(operatorOf(node))) {
      const computed = node.inputs.filter((input) => input && !this.isConstant(input));
      // Where: the condition is no number; the value that stays is the last one that was computed.
      const next: string | undefined = operatorOf(node) === "Where" ? computed.at(-1) : computed[0];
      node = next === undefined ? undefined : this.#producer.get(next);
    }
    return node;
  }

  /** Whether attention weights were sorted since their softmax, so that the largest alone stay. */
  #isHard(weights: string): boolean {
    const seen = new Set<string>();
    const waiting = [weights];
    while (waiting.length > 0) {
      const name = waiting.pop()!;
      const node = this.#producer.get(name);
      if (seen.has(name) || node === undefined || operatorOf(node) === "Softmax") continue;
      if (operatorOf(node) === "TopK") return true;
      seen.add(name);
      waiting.push(...node.inputs);
    }
    return false;
  }

  /** Whether a value is made of projections by elementwise functions alone. */
  #isFeedForward(value: string): boolean {
    const seen = new Set<string>();
    const waiting = [value];
    let projections = 0;
    while (waiting.length > 0) {
      const name = waiting.pop()!;
      if (seen.has(name) || this.isConstant(name)) continue;
      seen.add(name);
      const node = this.#producer.get(name);
      if (node === undefined) return false;
      if (this.#isProjection(node)) projections++;
      else if (factsOf(node).elementwise) waiting.push(...node.inputs.filter(Boolean));
      else if (LAYOUT.has(operatorOf(node)) || PARTS.has(operatorOf(node))) waiting.push(node.inputs[0]!);
      else return false;
    }
    return projections > 0;
  }
}
