import { GraphEditor } from "../../onnx/graph_editor.ts";
import type { Model } from "../../onnx/model.ts";
import { fedInputs } from "../../onnx/topology.ts";
import type { Runtime, Tensors } from "../../runtime/runtime.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Calibration } from "../calibration.ts";

/** How far a model is from itself with some of its weights replaced. */
export type Distance = (replaced: Tensors) => Promise<number>;

/**
 * Opens a model whose named weights can be replaced, and measures how far its first output then is from what
 * it was: the mean Kullback–Leibler divergence of the distributions that its last axis holds as logits, in
 * nats.
 */
export async function openDistance(
  model: Model,
  names: readonly string[],
  records: Calibration,
  runtime: Runtime,
  signal: AbortSignal | undefined,
): Promise<{ distance: Distance; close: () => Promise<void> }> {
  const { graph, info } = model;
  const editor = new GraphEditor(graph, { ...info.opsets });
  const own: Tensors = {};
  for (const name of names) {
    own[name] = graph.initializers.get(name) as Tensor;
    editor.toInput(name);
  }
  const fed = fedInputs(editor.graph()).filter((name) => !Object.hasOwn(own, name));
  const session = await runtime.session(editor.model());
  const output = graph.outputs[0]!;
  async function answers(record: Tensors, weights: Tensors): Promise<Tensor> {
    signal?.throwIfAborted();
    const feeds = Object.fromEntries(fed.map((name) => [name, record[name]!]));
    return (await session.run({ ...feeds, ...weights }))[output]!;
  }
  const before: Tensor[] = [];
  for (const record of records) before.push(await answers(record, own));
  return {
    close: () => session.release(),
    async distance(replaced) {
      let [sum, rows] = [0, 0];
      for (const [i, record] of records.entries()) {
        const now = await answers(record, { ...own, ...replaced });
        const width = now.dims.at(-1)!;
        const [p, q] = [before[i]!.data, now.data] as [Float32Array, Float32Array];
        for (let at = 0; at < q.length; at += width, rows++) sum += divergence(p, q, at, at + width);
      }
      return sum / rows;
    },
  };
}

/** Σ p (log p − log q) of the logits from one place to another. */
function divergence(p: Float32Array, q: Float32Array, from: number, to: number): number {
  const [mostP, mostQ] = [largest(p, from, to), largest(q, from, to)];
  let [sumP, sumQ, mean] = [0, 0, 0];
  for (let i = from; i < to; i++) {
    const own = Math.exp(p[i]! - mostP);
    sumP += own;
    sumQ += Math.exp(q[i]! - mostQ);
    mean += own * (p[i]! - mostP - (q[i]! - mostQ));
  }
  return Math.max(0, mean / sumP - Math.log(sumP) + Math.log(sumQ));
}

function largest(values: Float32Array, from: number, to: number): number {
  let most = -Infinity;
  for (let i = from; i < to; i++) if (values[i]! > most) most = values[i]!;
  return most;
}
