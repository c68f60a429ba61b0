import { GraphBuilder } from "../onnx/builder.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import { inferShapes } from "../onnx/infer_shapes.ts";
import { Model } from "../onnx/model.ts";
import { producers } from "../onnx/topology.ts";
import { type FilterGradient, matchFilterGradient, padForTaps } from "./filter_gradient.ts";

/**
 * The model with filter gradients as matrix products: every tap of the kernel is a shifted view of x, and all
 * views together, [taps·C, N·h·w], times dy, [N·h·w, O], are the gradient. For engines whose convolutions are
 * slow with a kernel as large as the image.
 */
export function shiftFilterGradients(model: Model): Model {
  const inferred = inferShapes(model).graph;
  const made = producers(inferred);
  const g = new GraphBuilder({ ...inferred, nodes: [] }, model.info.opsets);
  let changed = false;
  for (const node of inferred.nodes) {
    const found = matchFilterGradient(g, node, made);
    if (found) {
      const inputs = shifted(g, found);
      g.place({ op: "Transpose", inputs: [inputs], outputs: node.outputs, attributes: PERMUTATION });
      changed = true;
    } else g.place(node);
  }
  return changed ? removeDeadCode(new Model(g.graph(), model.info)) : model;
}

const PERMUTATION = { perm: { type: "ints" as const, value: [2, 3, 0, 1] } };

/** The taps as [height, width, C, O]. */
function shifted(g: GraphBuilder, found: FilterGradient): string {
  const { dy, examples, ins, outs, high, wide, height, width, down, right } = found;
  const positions = examples * high * wide;
  const channelsFirst = g.transpose(padForTaps(g, found).padded, [1, 0, 2, 3]);
  const views: string[] = [];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const ends = [i + (high - 1) * down + 1, j + (wide - 1) * right + 1];
      const view = g.slice(channelsFirst, [i, j], ends, [2, 3], [down, right]);
      views.push(g.reshape(view, [ins, positions]));
    }
  }
  const all = views.length > 1 ? g.concat(views, 0) : views[0]!;
  const flat = g.reshape(g.transpose(dy, [0, 2, 3, 1]), [positions, outs]);
  return g.reshape(g.matMul(all, flat), [height, width, ins, outs]);
}
