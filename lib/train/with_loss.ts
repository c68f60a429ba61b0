import { TypeError } from "../errors.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { Shape } from "../onnx/dim.ts";
import type { Tensors } from "../runtime/runtime.ts";
import { emptyRecord, own } from "../own.ts";
import type { Batch } from "./batches.ts";
import { type Loss, mainOutput } from "./losses.ts";

/** A loss that is part of a graph. */
export interface AttachedLoss {
  /** The loss, a scalar. */
  value: Value;
  /** The graph's inputs for the loss's targets, by target. */
  targets: Record<string, Value>;
  /** The first output that holds floats, by which accuracy goes. */
  main: Value;
  /** Shape of `main`. */
  outputShape: Shape;
}

/**
 * Adds a loss to a graph: an input `target.NAME` for each of its targets, and its value. The graph is left
 * without outputs: which values are to be outputs in their place, the caller says.
 *
 * @param outputs the value that the loss takes for each of the model's outputs; by default the graph's
 * outputs themselves
 * @throws TypeError where no output holds floats
 */
export function withLoss(
  g: GraphBuilder,
  loss: Loss,
  outputs: Readonly<Record<string, Value>> = Object.fromEntries(
    g.outputs.map((name) => [name, name]),
  ),
): AttachedLoss {
  const main = mainOutput(g, outputs);
  const outputShape = g.shape(main);
  const targets = Object.fromEntries(
    Object.entries(loss.targets).map(([name, { type, shape }]) => [
      name,
      g.input(
        g.freeName(`target.${name}`),
        type,
        typeof shape === "function" ? shape(outputShape) : shape ?? outputShape,
      ),
    ]),
  );
  const value = loss.value(g, outputs, targets);
  g.setOutputs([]);
  return { value, targets, main, outputShape };
}

/**
 * Feeds of a graph with a loss for a batch: the model's inputs, and each target under the name of its input.
 *
 * @param action what is being done, for the error: "train", "evaluate"
 * @throws TypeError where the batch lacks a target, or has one of another type
 */
export function batchFeeds(
  action: string,
  loss: Loss,
  inputs: Readonly<Record<string, Value>>,
  batch: Batch,
): Tensors {
  const feeds: Tensors = Object.assign(emptyRecord(), batch.inputs);
  for (const [name, input] of Object.entries(inputs)) {
    const target = own(batch.targets, name);
    if (!target) {
      throw new TypeError(
        `Cannot ${action} with ${loss.name}: it compares with the target "${name}", but the batch has ` +
          `${Object.keys(batch.targets).map((key) => `"${key}"`).join(", ") || "none"}`,
      );
    }
    const { type } = loss.targets[name]!;
    if (target.type !== type) {
      throw new TypeError(
        `Cannot ${action} with ${loss.name}: its target "${name}" is ${type}, but the batch has ${target.type} ` +
          `[${target.dims.join(", ")}]; give that type, or take another loss`,
      );
    }
    feeds[input] = target;
  }
  return feeds;
}
