import { TypeError } from "../errors.ts";
import { type Bounds, requireNumbers } from "../bounds.ts";
import { requireOptions, withoutUndefined } from "../options.ts";
import { quoted } from "../printable.ts";
import { type Dim, type Shape, shapeText, substituteDim } from "./dim.ts";
import type { Graph, Model, Node, ValueInfo } from "./model.ts";
import { rowOf } from "./operators/table.ts";
import { type Scope, scopeOf } from "./shapes/call.ts";
import { describe } from "./attribute.ts";
import { contentRows } from "./shapes/contents.ts";
import { requireHoldable } from "./shapes/most_elements.ts";
import { shapeRows } from "./shapes/table.ts";
import { fedInputs } from "./topology.ts";
import { requireModel } from "./require_model.ts";
import { own } from "../own.ts";

/** What a dimension may be. */
const SIZE = { whole: true, from: 0 } as const satisfies Bounds;

/** Shapes to take for inputs, by name, in place of the declared ones. */
export interface InputShapes {
  /** Shapes of inputs by name; the others keep what is declared. */
  inputShapes?: Readonly<Record<string, Shape>>;
}

/**
 * Adds what `node` tells about its outputs to the scope: types, shapes, and the contents of small tensors
 * that hold sizes.
 *
 * An operator without a row adds nothing. What was declared stays where nothing better is known.
 *
 * @throws TypeError naming the node where its inputs contradict each other, or its output is larger than any
 * machine
 */
export function inferNode(node: Node, scope: Scope): void {
  const row = rowOf(shapeRows, node);
  if (row === undefined) return;
  const call = { node, scope };
  const infos = row(call);
  node.outputs.forEach((output, i) => {
    const info = infos[i];
    if (output === "" || info === undefined) return;
    requireHoldable(info.shape, () => describe(node));
    scope.values.set(output, merge(info, scope.values.get(output)));
  });
  const [first] = node.outputs;
  const contents = first && rowOf(contentRows, node)?.(call);
  if (contents) scope.contents.set(first, contents);
}

/** The inferred type and shape, completed by the declared ones. */
function merge(inferred: ValueInfo, declared: ValueInfo | undefined): ValueInfo {
  const type = inferred.type ?? declared?.type;
  const shape = mergeShapes(inferred.shape, declared?.shape);
  return withoutUndefined({ ...declared, type, shape });
}

function mergeShapes(inferred: Shape | undefined, declared: Shape | undefined): Shape | undefined {
  if (inferred === undefined || declared?.length !== inferred.length) return inferred ?? declared;
  return inferred.map((dim, i): Dim => typeof dim === "number" ? dim : knownOf(dim, declared[i]!));
}

function knownOf(inferred: Dim, declared: Dim): Dim {
  return typeof declared === "number" && declared >= 0 ? declared : inferred;
}

/**
 * The model with types and shapes of all values filled in as far as they follow from its inputs.
 *
 * With `inputShapes`, the inputs get those shapes; where a declared dimension was an unknown (`"N"`), the
 * number given for it counts everywhere.
 *
 * @throws TypeError where an operator's inputs contradict each other, naming the node and the shapes, where
 * given shapes do, naming both inputs, and where a value has more elements than any machine holds; RangeError
 * where a given size is no whole number from 0
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { GraphBuilder } from "./builder.ts";
 *
 * const g = new GraphBuilder();
 * const x = g.input("x", "float32", ["N", 3, 32, 32]);
 * g.output(g.flatten(g.maxPool(x, [2, 2], { strides: [2, 2] })), "y");
 *
 * const any = inferShapes(g.model());
 * assert.deepEqual(any.graph.values.get("y")?.shape, ["N", 768]);
 * const eight = inferShapes(g.model(), { inputShapes: { x: [8, 3, 32, 32] } });
 * assert.deepEqual(eight.graph.values.get("y")?.shape, [8, 768]);
 * ```
 */
export function inferShapes(model: Model, options: InputShapes = {}): Model {
  requireOptions("inferShapes", options, { inputShapes: true });
  const { inputShapes = {} } = options;
  requireModel(model);
  const { graph, info } = model;
  const bound = new Map(graph.values);
  bindInputs(model, inputShapes, bound);
  for (const name of graph.inputs) requireHoldable(bound.get(name)?.shape, () => `input ${quoted(name)}`);
  const scope = scopeOf({ ...graph, values: bound }, info.opsets);
  for (const node of graph.nodes) inferNode(node, scope);
  return model.withGraph({ ...graph, values: scope.values });
}

/**
 * Refuses shapes for inputs that none of the graphs has, or has with another number of axes, and sizes that
 * nothing has.
 *
 * @throws TypeError naming the input, and what is declared; RangeError naming the size
 */
export function requireInputShapes(
  graphs: readonly Graph[],
  given: Readonly<Record<string, Shape>>,
): void {
  for (const [name, shape] of Object.entries(given)) {
    const owners = graphs.filter(({ inputs }) => inputs.includes(name));
    if (owners.length === 0) {
      const inputs = new Set(graphs.flatMap(fedInputs));
      throw new TypeError(
        `Cannot give ${quoted(name)} the shape [${shape.join(", ")}]: the inputs are ` +
          [...inputs].map(quoted).join(", "),
      );
    }
    for (const size of shape) {
      if (typeof size === "string") continue;
      requireNumbers(`give input ${quoted(name)} the shape [${shape.join(", ")}]`, { size }, SIZE);
    }
    for (const { values } of owners) {
      const declared = values.get(name)?.shape;
      if (!declared || declared.length === shape.length) continue;
      throw new TypeError(
        `Cannot give input ${quoted(name)} the shape [${shape.join(", ")}]: it is declared as ` +
          shapeText(declared),
      );
    }
  }
}

/**
 * What the unknowns of declared shapes are in the given ones.
 *
 * @throws TypeError naming two inputs in whose shapes an unknown would be two numbers
 */
function bindingsOf({ values }: Graph, given: Readonly<Record<string, Shape>>): Map<string, Dim> {
  const bindings = new Map<string, Dim>();
  const owners = new Map<string, string>();
  for (const [name, shape] of Object.entries(given)) {
    values.get(name)?.shape?.forEach((dim, i) => {
      if (typeof dim !== "string" || dim === "") return;
      const [size, other] = [shape[i]!, bindings.get(dim)];
      if (typeof size === "number" && typeof other === "number" && size !== other) {
        throw new TypeError(
          `Cannot give input ${quoted(name)} the shape [${shape.join(", ")}]: its ${
            quoted(dim)
          } is ${size}, ` +
            `and ${other} in that of ${quoted(owners.get(dim))}; expected one size for both`,
        );
      }
      bindings.set(dim, size);
      owners.set(dim, name);
    });
  }
  return bindings;
}

function bindInputs(
  { graph }: Model,
  given: Readonly<Record<string, Shape>>,
  values: Map<string, ValueInfo>,
) {
  if (Object.keys(given).length === 0) return;
  requireInputShapes([graph], given);
  const bindings = bindingsOf(graph, given);
  const changed = Object.entries(given).some(([name, shape]) =>
    graph.values.get(name)?.shape?.some((dim, i) => typeof dim === "number" && dim !== shape[i])
  );
  const inputs = new Set(graph.inputs);
  for (const [name, info] of values) {
    const { shape: declared, ...rest } = info;
    // What was declared for intermediate values belongs to the old input shapes.
    const kept = changed && !inputs.has(name) ? undefined : declared;
    const shape = (inputs.has(name) ? own(given, name) : undefined) ??
      kept?.map((dim) => substituteDim(dim, bindings));
    values.set(name, shape ? { ...rest, shape } : rest);
  }
}
