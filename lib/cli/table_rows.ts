import { intAttribute } from "../onnx/attribute.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import type { Graph, Model, Node } from "../onnx/model.ts";
import { factsOf, operatorOf, type OperatorTable, rowOf } from "../onnx/operators/table.ts";
import { constantsToInitializers } from "../onnx/passes/constants_to_initializers.ts";
import { allInitializers, allNodes, fedInputs } from "../onnx/topology.ts";
import { type AnyTensor, isTensor, normalAxis, numbersOf } from "../tensor/tensor.ts";

/** Where a node looks ids up: which input holds them, and along which axis of which table. */
interface Lookup {
  ids: number;
  table: number;
  axis: number;
}

const gather = (node: Node): Lookup[] => [{ ids: 1, table: 0, axis: intAttribute(node, "axis", 0) }];

/** Operators that look ids up in tables. */
const LOOKUPS: OperatorTable<(node: Node) => Lookup[]> = {
  Gather: gather,
  GatherElements: gather,
  "com.microsoft:EmbedLayerNormalization": () => [
    { ids: 0, table: 2, axis: 0 },
    { ids: 1, table: 4, axis: 0 },
  ],
};

/** An input whose ids a value holds, with so much added. */
interface Carried {
  input: string;
  shift: number;
}

/**
 * Rows of the smallest table that an input's ids are looked up in, by input: ids from there on are none of
 * the model's. What is looked up in tables of unknown length, or computed with otherwise, is not there.
 */
export function tableRows(model: Model): Map<string, number> {
  const { graph } = shaped(constantsToInitializers(model));
  const [initializers, rows] = [allInitializers(graph), new Map<string, number>()];
  const carried = new Map(
    fedInputs(graph).map((input): [string, Carried[]] => [input, [{ input, shift: 0 }]]),
  );
  const lengthOf = (value: string, axis: number): unknown => {
    const shape = initializers.get(value)?.dims ?? graph.values.get(value)?.shape;
    return shape?.[normalAxis(axis, shape.length)];
  };
  for (const node of allNodes(graph)) {
    for (const { ids, table, axis } of rowOf(LOOKUPS, node)?.(node) ?? []) {
      const length = lengthOf(node.inputs[table] ?? "", axis);
      if (typeof length !== "number") continue;
      for (const { input, shift } of carried.get(node.inputs[ids] ?? "") ?? []) {
        rows.set(input, Math.min(rows.get(input) ?? Infinity, Math.max(1, length - shift)));
      }
    }
    const passed = passedOn(node, carried, initializers);
    if (passed.length > 0) { for (const output of node.outputs) carried.set(output, passed); }
  }
  return rows;
}

/** What ids a node's outputs hold: those that it arranges anew, converts, or adds a stored number to. */
function passedOn(
  node: Node,
  carried: ReadonlyMap<string, Carried[]>,
  initializers: ReadonlyMap<string, AnyTensor>,
): Carried[] {
  const of = (index: number) => carried.get(node.inputs[index] ?? "") ?? [];
  const op = operatorOf(node);
  if (op === "Add") {
    const at = [0, 1].find((index) => of(index).length > 0) ?? 0;
    const by = initializers.get(node.inputs[1 - at] ?? "");
    if (by === undefined || !isTensor(by) || by.type === "string") return [];
    const most = numbersOf(by).reduce((a, b) => Math.max(a, b), -Infinity);
    return of(at).map(({ input, shift }) => ({ input, shift: shift + Math.max(0, most) }));
  }
  const { view } = factsOf(node);
  if (view === "all") return node.inputs.flatMap((_, index) => of(index));
  return view === "first" || op === "Cast" || op === "Identity" ? of(0) : [];
}

/** The model with shapes where they can be inferred. */
function shaped(model: Model): { graph: Graph } {
  try {
    return inferShapes(model);
  } catch {
    return model;
  }
}
