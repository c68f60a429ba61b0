import { TypeError } from "../errors.ts";
import { GraphBuilder } from "../onnx/builder.ts";
import { operatorOf } from "../onnx/operators/table.ts";
import { removeDeadCode } from "../onnx/passes/dead_code.ts";
import type { Model } from "../onnx/model.ts";
import { producers, sortGraph } from "../onnx/topology.ts";
import { upgradeOpset } from "../onnx/upgrade.ts";
import { floatNumbers, floatTensor } from "../tensor/float_tensor.ts";
import { changeInput, producerOf } from "./change_input.ts";
import { type BlockState, requireConfiguration, stateOf } from "./configuration.ts";
import type { Configuration } from "./elements.ts";
import { cutParts, declared } from "./cut_parts.ts";
import { HARD_OPSET, keepLargest } from "./hard_attention.ts";
import { notedBlocks, writeKept } from "./kept.ts";
import { type Block, transformerOf } from "./transformer.ts";

/**
 * The model without the elements of a configuration: a physically smaller one, with the same inputs and
 * outputs, that computes what `maskElements` gives, to the accuracy of float arithmetic.
 *
 * Whole blocks go with all their nodes; a block all of whose parts go leaves its output bias; heads and
 * neurons are cut out of the weights by `prune`. Hard attention stays as nodes. What is left of each block,
 * by the original numbers, is written into the model's metadata ({@linkcode keptOf}).
 *
 * @throws RangeError where the configuration names an element that the model does not have; TypeError where
 * it lacks a field, or what is left of a block does not follow from stored numbers
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { vit } from "../nn/vit.ts";
 * import { keptOf } from "./kept.ts";
 *
 * const model = vit({ image: 8, patch: 4, layers: 2, heads: 4, hidden: 16, classes: 3 });
 * const removed = ["attention.0.head.2", "feed-forward.1"] as const;
 * const smaller = removeElements(model, { groups: 8, k: 30, renormalize: false, removed });
 * assert.deepEqual(keptOf(smaller)!.map(({ id, kept }) => [id, kept?.length]), [
 *   ["attention.0", 3],
 *   ["feed-forward.0", 64],
 *   ["attention.1", 4],
 *   ["feed-forward.1", undefined],
 * ]);
 * ```
 */
export function removeElements(model: Model, configuration: Configuration): Model {
  const transformer = transformerOf(model, { groups: configuration?.groups });
  requireConfiguration("remove", transformer, configuration);
  if (configuration.removed.length === 0) return model;
  const noted = notedBlocks(model, transformer.blocks);
  const states = new Map(transformer.blocks.map((block) => [block, stateOf(block, configuration)]));
  const g = new GraphBuilder(transformer.model.graph, transformer.model.info.opsets);
  // Sums are left out last: of two blocks side by side one may leave its bias there.
  for (const [block, { absent, kept }] of states) {
    if (absent || kept.length > 0) continue;
    changeInput(g, block.sum, block.side, (branch) => biasOf(g, block, branch));
  }
  for (const [block, { absent }] of states) if (absent) leaveOut(g, block);
  const rewritten = removeDeadCode(transformer.model.withGraph(declared(sortGraph(g.graph()), model.graph)));
  const smaller = cutParts(harden(rewritten, states, configuration), states);
  return writeKept(smaller, noted, states, rewritten);
}

/** The model with hard attention where a configuration has it. */
function harden(
  model: Model,
  states: ReadonlyMap<Block, BlockState>,
  { renormalize }: Configuration,
): Model {
  const made = producers(model.graph);
  const hard = [...states].flatMap(([{ product }, { k, kept }]) =>
    product && k !== undefined && kept.length > 0 && made.has(product.output) ? [{ product, k }] : []
  );
  if (hard.length === 0) return model;
  const from = upgradeOpset(model, HARD_OPSET);
  const g = new GraphBuilder(from.graph, from.info.opsets);
  for (const { product, k } of hard) {
    const keep = (weights: string) => keepLargest(g, weights, g.ints([k]), renormalize);
    changeInput(g, product.output, product.side, keep);
  }
  return from.withGraph(sortGraph(g.graph()));
}

/** Lets the residual stream pass where a block was added to it. */
function leaveOut(g: GraphBuilder, { sum, side }: Block): void {
  let [add, branch] = [producerOf(g, sum), side as number];
  // Of two blocks side by side the other is gone already: nothing is left of their sum.
  while (operatorOf(add) === "Identity") {
    const value = add.outputs[0]!;
    add = g.nodes.find(({ inputs }) => inputs.includes(value))!;
    branch = add.inputs.indexOf(value);
  }
  const stream = add.inputs[1 - branch]!;
  g.replaceNode(add, [{ op: "Identity", inputs: [stream], outputs: [...add.outputs], attributes: {} }]);
}

/** Constant that a block adds where its projection reads zeros: biases and scales, in `branch`'s type. */
function biasOf(g: GraphBuilder, { id, after, weight }: Block, branch: string): string {
  let numbers: ArrayLike<number> = [0];
  for (const { op, constant, times } of after) {
    const tensor = g.tensor(constant);
    const other = tensor && floatNumbers(tensor);
    if (!other) {
      throw new TypeError(
        `Cannot remove all parts of "${id}": "${constant}" is not stored as floats; remove the block`,
      );
    }
    const length = Math.max(numbers.length, other.length);
    const before = numbers;
    numbers = Array.from({ length }, (_, i) => {
      const [own, step] = [before[i % before.length]!, times * other[i % other.length]!];
      return op === "Add" ? own + step : own * step;
    });
  }
  const { type } = g.info(branch);
  return g.parameter(g.freeName(`${weight}.bias`), floatTensor(type, numbers, [numbers.length]));
}
