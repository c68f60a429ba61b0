import type { GraphEditor, Value } from "../onnx/graph_editor.ts";
import type { Node } from "../onnx/model.ts";

/** The node that makes a value, which the graph has. */
export function producerOf(g: GraphEditor, value: Value): Node {
  return g.nodes.find(({ outputs }) => outputs.includes(value))!;
}

/**
 * Puts a function of an input of the node that makes `output` in that input's place. What it adds stands
 * behind its reader: sort the graph before it is used.
 */
export function changeInput(
  g: GraphEditor,
  output: Value,
  index: number,
  by: (value: Value) => Value,
): void {
  const node = producerOf(g, output);
  const value = by(node.inputs[index]!);
  g.replaceNode(node, [{ ...node, inputs: node.inputs.map((input, i) => i === index ? value : input) }]);
}
