import { freeName } from "../free_name.ts";
import { intAttribute, toAttributes } from "../attribute.ts";
import type { Graph, Model, Node } from "../model.ts";
import { operatorOf } from "../operators/table.ts";
import { constantTensors, consumers, namesOf } from "../topology.ts";
import { type AnyTensor, int64, isTensor, numbersOf } from "../../tensor/tensor.ts";

/** Since when Split takes its sizes as an input. */
const SIZES_AS_INPUT = 13;

/**
 * The model with a Split in place of a list that is cut from one tensor and read at known places alone:
 * PyTorch's exporter, without its optimisations, writes `chunk` and `split` so. Lists of which the sizes are
 * not known, or that go anywhere else, stay.
 */
export function sequencesToSplits(model: Model): Model {
  const { graph, info } = model;
  if (!graph.nodes.some(isCut)) return model;
  const uses = consumers(graph);
  const taken = namesOf(graph);
  const initializers = new Map(graph.initializers);
  const constants = constantTensors(graph);
  const replaced = new Map<Node, readonly Node[]>();
  for (const cut of graph.nodes.filter(isCut)) {
    const [x = "", split = ""] = cut.inputs;
    const [list = ""] = cut.outputs;
    const readers = uses.get(list) ?? [];
    const axis = intAttribute(cut, "axis", 0);
    const sizes = sizesOf(constants.get(split), sizeAlong(graph, x, axis));
    if (sizes === undefined || readers.length === 0 || graph.outputs.includes(list)) continue;
    const places = readers.map(({ node }) => placeIn(node, list, { constants, count: sizes.length }));
    if (places.some((place) => place === undefined)) continue;
    const outputs = sizes.map((_, i) => freeName(taken, `${list}.${i}`));
    const asInput = (info.opsets[""] ?? SIZES_AS_INPUT) >= SIZES_AS_INPUT;
    const stored = freeName(taken, `${list}.sizes`);
    if (asInput) initializers.set(stored, int64(sizes));
    replaced.set(cut, [{
      ...cut,
      op: "Split",
      inputs: asInput ? [x, stored] : [x],
      outputs,
      attributes: toAttributes(asInput ? { axis } : { axis, split: sizes }),
    }]);
    readers.forEach(({ node }, i) =>
      replaced.set(node, [{ ...node, op: "Identity", inputs: [outputs[places[i]!]!], attributes: {} }])
    );
  }
  if (replaced.size === 0) return model;
  const nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node]);
  return model.withGraph({ ...graph, nodes, initializers });
}

/** Whether a node cuts a tensor into a list, by sizes. */
const isCut = (node: Node): boolean => operatorOf(node) === "SplitToSequence" && Boolean(node.inputs[1]);

/** Sizes of the parts: as they are stored, or of a length each, whose last part is what is left. */
function sizesOf(split: AnyTensor | undefined, whole: number | undefined): number[] | undefined {
  if (split === undefined || !isTensor(split)) return undefined;
  const sizes = numbersOf(split);
  if (split.dims.length > 0) return [...sizes];
  const each = sizes[0]!;
  if (whole === undefined || !(each > 0)) return undefined;
  return Array.from({ length: Math.ceil(whole / each) }, (_, i) => Math.min(each, whole - i * each));
}

function sizeAlong(graph: Graph, name: string, axis: number): number | undefined {
  const size = (graph.initializers.get(name)?.dims ?? graph.values.get(name)?.shape)?.at(axis);
  return typeof size === "number" ? size : undefined;
}

/** Which part of a list a node reads, where it reads one that there is, and nothing else of the list. */
function placeIn(
  node: Node,
  list: string,
  { constants, count }: { constants: ReadonlyMap<string, AnyTensor>; count: number },
): number | undefined {
  const [from, index = ""] = node.inputs;
  const tensor = constants.get(index);
  if (operatorOf(node) !== "SequenceAt" || from !== list || !tensor || !isTensor(tensor)) return undefined;
  const [place] = numbersOf(tensor);
  const counted = place! < 0 ? place! + count : place!;
  return counted >= 0 && counted < count ? counted : undefined;
}
