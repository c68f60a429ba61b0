import { TypeError } from "../../errors.ts";
import { type ComposedOf, compositions } from "../../onnx/passes/compose_operators.ts";
import { type GradientRule, madeOf } from "../../onnx/gradients/call.ts";
import { gradientRules } from "../../onnx/gradients/table.ts";
import type { OperatorFacts } from "../../onnx/operators/facts.ts";
import { addRow, isKnown, operatorOf, operators } from "../../onnx/operators/table.ts";
import type { ShapeRule } from "../../onnx/shapes/call.ts";
import { shapeRows } from "../../onnx/shapes/table.ts";
import { type OptionNames, requireOptions } from "../../options.ts";
import { printable, quoted } from "../../printable.ts";
import type { ChannelRow } from "./row.ts";
import { channelRows } from "./table.ts";

/** What {@linkcode registerOperator} is told: an operator's name, its facts, and its row in each table. */
export interface OperatorRows extends Partial<OperatorFacts> {
  /** Domain of the operator, as its nodes have it; `""` is ONNX's own. */
  domain: string;
  /** Name of the operator, such as `Swirl`. */
  op: string;
  /** Types and shapes of the outputs. */
  shapes: ShapeRule;
  /** Passes the gradient on. Default: that of what it is composed of; without either, an error names it. */
  gradient?: GradientRule;
  /** Which channels leave together. Without it the operator is a boundary, and its neighbours stay whole. */
  channels?: ChannelRow;
  /**
   * The operators that engines run in its place. Without it, only an engine that has the operator runs it.
   */
  composedOf?: ComposedOf;
}

const NAMES: OptionNames<OperatorRows> = {
  domain: true,
  op: true,
  since: true,
  shapes: true,
  gradient: true,
  channels: true,
  composedOf: true,
  macs: true,
  learned: true,
  elementwise: true,
  ofZero: true,
  zeros: true,
  view: true,
  rearranges: true,
  reshapes: true,
  sizes: true,
  random: true,
  convolves: true,
  quantized: true,
};

const LEAST = 'a domain, a name and shapes, as { domain: "com.acme", op: "Swirl", shapes: sameAsFirst }';

/**
 * Makes an operator known that Espalier does not have: from then on it is like any other in shapes, counts,
 * gradients, groups of channels and plans. What a model's file itself says of an operator (a function of its
 * own) goes first.
 *
 * @returns takes the operator back when it is disposed of: by `using`, or by `[Symbol.dispose]()`
 * @throws TypeError where the operator is known already, or something about it is not what its table takes
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { GraphBuilder } from "../../onnx/builder.ts";
 * import { inferShapes } from "../../onnx/infer_shapes.ts";
 * import { sameAsFirst } from "../../onnx/shapes/elementwise.ts";
 *
 * const g = new GraphBuilder();
 * const [y] = g.node("Square", [g.input("x", "float32", ["N", 3])], {}, { domain: "com.acme" });
 * g.output(y!);
 * {
 *   using _square = registerOperator({ domain: "com.acme", op: "Square", shapes: sameAsFirst });
 *   assert.deepEqual(inferShapes(g.model()).graph.values.get(y!)?.shape, ["N", 3]);
 * }
 * assert.equal(inferShapes(g.model()).graph.values.get(y!)?.shape, undefined);
 * ```
 */
export function registerOperator(rows: OperatorRows): Disposable {
  requireOptions("registerOperator", rows, NAMES, LEAST);
  const { domain, op, shapes, channels, composedOf, since = 1, ...rest } = rows;
  const { gradient = composedOf && gradientOf(composedOf), ...facts } = rest;
  const name = nameOf(rows);
  requireRow(name, "shapes", shapes);
  for (const [key, row] of Object.entries({ gradient, channels, composedOf })) {
    if (row !== undefined) requireRow(name, key, row);
  }
  if (facts.macs !== undefined) requireRow(name, "macs.count", facts.macs?.count);
  if (isKnown({ domain, op })) {
    const how = Object.hasOwn(operators, name)
      ? "Espalier has it; its rows are in lib/onnx and lib/prune, see docs/operators.md"
      : "it was registered before; dispose of what that call returned first, as `using` does";
    throw new TypeError(`Cannot register ${printable(name)}: ${how}`);
  }
  const added = [
    addRow(operators, name, { ...facts, since }),
    addRow(shapeRows, name, shapes),
    ...gradient ? [addRow(gradientRules, name, gradient)] : [],
    ...channels ? [addRow(channelRows, name, channels)] : [],
    ...composedOf ? [addRow(compositions, name, composedOf)] : [],
  ];
  return { [Symbol.dispose]: () => added.forEach((remove) => remove()) };
}

/** The name in the tables. */
function nameOf({ domain, op }: OperatorRows): string {
  if (typeof domain === "string" && typeof op === "string" && op !== "") {
    return operatorOf({ domain, op });
  }
  throw new TypeError(
    `Cannot register an operator: expected a domain and a name as texts, found domain ${quoted(domain)} ` +
      `and op ${quoted(op)}`,
  );
}

function requireRow(name: string, key: string, row: unknown): void {
  if (typeof row === "function") return;
  throw new TypeError(
    `Cannot register ${printable(name)}: expected ${key} to be a function of a call, found ${quoted(row)}; ` +
      `see docs/operators.md`,
  );
}

/** The gradient of the operators that one is composed of. */
const gradientOf = (composedOf: ComposedOf): GradientRule =>
  madeOf(({ g, node }, inputs) => composedOf(g, { ...node, inputs }));
