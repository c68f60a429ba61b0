import { TypeError } from "../../errors.ts";
import { describe, intAttribute, intsAttribute } from "../attribute.ts";
import { broadcastDims, type Dim, type Shape, shapeText } from "../dim.ts";
import type { Graph, Node, ValueInfo } from "../model.ts";
import { isStandard, type OperatorTable } from "../operators/table.ts";
import { type AnyTensor, type DataType, isTensor, normalAxis } from "../../tensor/tensor.ts";
import { own } from "../../own.ts";

/** Everything known so far while walking a graph in order. */
export interface Scope {
  /** Version of each operator set by its domain. */
  opsets: Readonly<Record<string, number>>;
  /** Type and shape of each value by its name, as far as they are known. */
  values: Map<string, ValueInfo>;
  /** Stored tensors by name. */
  initializers: ReadonlyMap<string, AnyTensor>;
  /** Contents of small number tensors (shapes, axes) as far as they are known, flattened. */
  contents: Map<string, Dim[]>;
}

/**
 * The scope before a graph's first node: declared and stored values.
 *
 * @param outer what is known around the graph, where it is a subgraph: of all names but those it gives itself
 */
export function scopeOf(
  { inputs, nodes, values: declared, initializers: stored }: Graph,
  opsets: Readonly<Record<string, number>>,
  outer?: Scope,
): Scope {
  const values = new Map(outer?.values);
  const contents = new Map(outer?.contents);
  if (outer) {
    for (const name of [...inputs, ...stored.keys(), ...nodes.flatMap(({ outputs }) => outputs)]) {
      values.delete(name);
      contents.delete(name);
    }
  }
  for (const [name, info] of declared) values.set(name, info);
  for (const [name, { type, dims }] of stored) {
    values.set(name, { ...values.get(name), type, shape: [...dims] });
  }
  return {
    opsets,
    values,
    initializers: outer ? new Map([...outer.initializers, ...stored]) : stored,
    contents,
  };
}

/** The numbers in a small tensor of a graph, flattened, as far as they are known. */
export function contentsIn(scope: Scope, name: string): readonly Dim[] | undefined {
  const known = scope.contents.get(name);
  if (known) return known;
  const tensor = scope.initializers.get(name);
  const contents = tensor && contentsOf(tensor);
  if (contents) scope.contents.set(name, contents);
  return contents;
}

/** A node where it stands. */
export interface Call {
  /** The node. */
  node: Node;
  /** Values known before the node. */
  scope: Scope;
}

/** A row of the shape table: types and shapes of a node's outputs, in order; a hole says nothing. */
export type ShapeRule = (call: Call) => readonly (ValueInfo | undefined)[];

/** Rows by operator. */
export type Rows = OperatorTable<ShapeRule>;

/** Contents of longer tensors are data, not shapes. */
const LONGEST_CONTENTS = 1024;

/** Version of the operator set of the node's domain. */
export function opsetOf({ node, scope }: Call): number {
  return own(scope.opsets, isStandard(node) ? "" : node.domain!) ?? Infinity;
}

/** Whether the node has input `index`, which may be optional. */
export function hasInput({ node }: Call, index: number): boolean {
  return (node.inputs[index] ?? "") !== "";
}

/** Type of input `index`, where known. */
export function typeAt({ node, scope }: Call, index = 0): DataType | undefined {
  const name = node.inputs[index] ?? "";
  return scope.values.get(name)?.type ?? scope.initializers.get(name)?.type;
}

/** Shape of input `index`, where its rank is known. */
export function shapeAt({ node, scope }: Call, index = 0): Shape | undefined {
  const name = node.inputs[index] ?? "";
  return scope.values.get(name)?.shape ?? scope.initializers.get(name)?.dims;
}

/** The numbers in input `index`, flattened, where known and few. */
export function contentsAt({ node, scope }: Call, index: number): readonly Dim[] | undefined {
  return contentsIn(scope, node.inputs[index] ?? "");
}

/** The numbers of a stored tensor, where they are few and exact. */
export function contentsOf(tensor: AnyTensor): Dim[] | undefined {
  if (!isTensor(tensor) || tensor.type === "string" || tensor.size > LONGEST_CONTENTS) return undefined;
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

/** The contents of an input, as {@linkcode contentsAt} gives them, where all of them are numbers. */
export function numbersAt(call: Call, index: number): readonly number[] | undefined {
  const contents = contentsAt(call, index);
  return contents?.every((dim) => typeof dim === "number") ? contents as readonly number[] : undefined;
}

/**
 * A list of integers that older operator sets give as an attribute and newer ones as an input:
 * `undefined` where the node has neither, `"unknown"` where the input's contents are not known.
 */
export function intsAt(
  call: Call,
  attribute: string,
  index: number,
): readonly number[] | "unknown" | undefined {
  if (hasInput(call, index)) return numbersAt(call, index) ?? "unknown";
  return intsAttribute(call.node, attribute, undefined);
}

/** A dimension that nothing is known of, except that it is this one. */
export function unknownDim({ node }: Call, axis: number, output = 0): Dim {
  return `${node.outputs[output] || node.op}#${axis}`;
}

/** A shape of which only the rank is known. */
export function unknownShape(call: Call, rank: number, output = 0): Shape {
  return Array.from({ length: rank }, (_, axis) => unknownDim(call, axis, output));
}

/** The error for shapes that contradict each other. */
export function contradiction({ node }: Call, why: string): TypeError {
  return new TypeError(`Cannot infer the shape of ${describe(node)}: ${why}`);
}

/** An axis counted from the front; throws where the rank has no such axis. */
export function axisOf(call: Call, axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) {
    throw contradiction(call, `axis ${axis} is outside rank ${rank} of input ${shapeText(shapeAt(call))}`);
  }
  return normalAxis(axis, rank);
}

/** The `axis` attribute, counted from the front. */
export function axisAttribute(call: Call, fallback: number, rank: number): number {
  return axisOf(call, intAttribute(call.node, "axis", fallback), rank);
}

/** NumPy broadcasting of the shapes of some inputs; unknown as soon as one of them is. */
export function broadcastShapes(call: Call, shapes: readonly (Shape | undefined)[]): Shape | undefined {
  let result = shapes[0];
  for (const shape of shapes.slice(1)) {
    if (result === undefined || shape === undefined) return undefined;
    const [long, short] = result.length >= shape.length ? [result, shape] : [shape, result];
    const offset = long.length - short.length;
    result = long.map((dim, i): Dim => {
      if (i < offset) return dim;
      const size = broadcastDims(dim, short[i - offset]!);
      if (size === undefined) {
        throw contradiction(call, `${shapes.map(shapeText).join(" and ")} do not broadcast to one shape`);
      }
      return size;
    });
  }
  return result;
}

/** Throws unless two dimensions can be equal: two different numbers cannot. */
export function requireEqual(call: Call, a: Dim | undefined, b: Dim | undefined, why: () => string): void {
  if (typeof a === "number" && typeof b === "number" && a !== b) throw contradiction(call, why());
}

/** Throws where a known rank is below `least`. */
export function requireRank(call: Call, shape: Shape, least: number): void {
  if (shape.length < least) {
    throw contradiction(call, `expected rank ${least} or more, but its input has shape ${shapeText(shape)}`);
  }
}
