import { withoutUndefined } from "../options.ts";
import { macsByNode, parametersOf, uncountedIn } from "../onnx/count_macs.ts";
import { fileBytes } from "../onnx/codec/encode.ts";
import { bytesBefore } from "../prune/plan/model_costs.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { inlineFunctions } from "../onnx/passes/inline_functions.ts";
import { inferShapes, type InputShapes } from "../onnx/infer_shapes.ts";
import { learnedConstants } from "../onnx/learned.ts";
import type { Model, Node } from "../onnx/model.ts";
import { operatorOf } from "../onnx/operators/table.ts";
import { asTyped } from "./as_typed.ts";
import { textTable } from "../text_table.ts";

/** What an operator costs in a model, all its nodes together. */
export interface OperatorCost {
  /** Nodes of it. */
  nodes: number;
  /** Multiply-accumulates of one example; absent where sizes are not known. */
  macs?: number | undefined;
  /** Learned numbers that it reads. */
  parameters: number;
}

/** What a model costs. */
export interface ModelCost {
  /** Multiply-accumulates of one example; absent where they cannot be counted. */
  macs?: number | undefined;
  /** Why they cannot be counted. */
  uncountable?: string | undefined;
  /** Learned numbers. */
  parameters: number;
  /** Bytes of the model as a file, with weights that its graph computes as what they take stored. */
  bytes: number;
  /** Bytes of the model as a file, as it is. */
  file: number;
  /** Nodes of operators that nobody knows the cost of. */
  uncounted: string[];
  /** By operator, the costliest first. */
  operators: Record<string, OperatorCost>;
}

/** Counts a model. What cannot be counted is left out and said. */
export function costOf(model: Model, shapes: InputShapes): ModelCost {
  const plain = constantsToInitializers(inlineFunctions(model));
  let macs: Map<Node, number> | undefined;
  let uncountable: string | undefined;
  try {
    macs = macsByNode(plain, shapes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    uncountable = error.message;
  }
  const costs: Record<string, OperatorCost> = {};
  const row = (name: string) =>
    costs[name] ??= withoutUndefined({ nodes: 0, macs: macs && 0, parameters: 0 });
  for (const node of plain.graph.nodes) row(operatorOf(node)).nodes++;
  for (const [node, count] of macs ?? []) {
    const of = row(operatorOf(node));
    of.macs = (of.macs ?? 0) + count;
  }
  // Codes of a quantized weight are counted as what they stand for.
  for (const { op, role, size = 0 } of learnedConstants(inferShapes(plain)).values()) {
    if (role !== "statistic") row(op).parameters += size;
  }
  const sorted = Object.entries(costs).sort(([, a], [, b]) =>
    (b.macs ?? 0) - (a.macs ?? 0) || b.parameters - a.parameters || b.nodes - a.nodes
  );
  return {
    macs: macs?.values().reduce((sum, count) => sum + count, 0),
    uncountable,
    parameters: parametersOf(model),
    bytes: bytesBefore(model),
    file: fileBytes(model),
    uncounted: uncountedIn(model),
    operators: Object.fromEntries(sorted),
  };
}

const shown = (count: number | undefined): string => count === undefined ? "?" : count.toLocaleString("en");

/** Costs of a model as a table: what all of it costs, then each operator. */
export function costTable({ macs, parameters, bytes, operators }: ModelCost): string[] {
  return textTable(
    [
      ["", "nodes", "MACs", "parameters", "bytes"],
      ["all", shown(nodesOf(operators)), shown(macs), shown(parameters), shown(bytes)],
      ...Object.entries(operators).map(([name, { nodes, macs, parameters }]) => [
        `  ${name}`,
        shown(nodes),
        macs ? shown(macs) : "",
        parameters > 0 ? shown(parameters) : "",
        "",
      ]),
    ],
    ["left", "right", "right", "right", "right"],
  ).lines;
}

/** Costs before and after as a table: what all of it costs, then the operators that changed. */
export function changeTable(before: ModelCost, after: ModelCost): string[] {
  const part = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined || a === 0 ? "" : (b / a).toFixed(3);
  const line = (
    name: string,
    a: number | undefined,
    b: number | undefined,
  ) => [name, shown(a), shown(b), part(a, b)];
  const names = [...new Set([...Object.keys(before.operators), ...Object.keys(after.operators)])];
  const operators = names.flatMap((name) => {
    const [a, b] = [before.operators[name], after.operators[name]];
    const kinds = ["nodes", "macs", "parameters"] as const;
    return kinds.filter((kind) => (a?.[kind] ?? 0) !== (b?.[kind] ?? 0))
      .map((kind) => line(`  ${name}, ${LABELS[kind]}`, a?.[kind] ?? 0, b?.[kind] ?? 0));
  });
  return textTable(
    [
      ["", "before", "after", "ratio"],
      line("MACs", before.macs, after.macs),
      line("parameters", before.parameters, after.parameters),
      line("bytes", before.bytes, after.bytes),
      line("nodes", nodesOf(before.operators), nodesOf(after.operators)),
      ...operators,
    ],
    ["left", "right", "right", "right"],
  ).lines;
}

const LABELS = { nodes: "nodes", macs: "MACs", parameters: "parameters" } as const;

const nodesOf = (operators: ModelCost["operators"]): number =>
  Object.values(operators).reduce((sum, { nodes }) => sum + nodes, 0);

/** What counts as bytes where the graph computes some of its weights, a line. */
export function storedNote({ bytes, file }: Pick<ModelCost, "bytes" | "file">): string[] {
  if (bytes === file) return [];
  return [
    `bytes count all weights as stored, as pruning has to; the graph computes some, and its file takes ${
      shown(file)
    }`,
  ];
}

/** What the numbers leave out, a line each. */
export function costNotes({ uncountable, uncounted }: ModelCost): string[] {
  return [
    ...uncountable === undefined ? [] : [asTyped(uncountable)],
    ...uncounted.map((node) => `not counted: ${node}`),
  ];
}
