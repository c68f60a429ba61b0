import { requireOptions } from "../../options.ts";
import type { GraphBuilder, Value } from "../../onnx/builder.ts";
import type { Loss } from "../../train/losses.ts";
import { float32 } from "../../tensor/tensor.ts";

/** Weights of the terms of {@linkcode agpLoss}. */
export interface AgpLossOptions {
  /** Weight of links from or to an agent that is not kept. Default 1. */
  off?: number | undefined;
  /** Weight of the term for who is kept. Default 1. */
  node?: number | undefined;
  /** Weight of the mean chance of being kept: smaller teams. Default 0.05. */
  sparse?: number | undefined;
  /** Weight of links from agents that are not kept. Default 0.01. */
  consistent?: number | undefined;
}

/** Terms of {@linkcode agpLoss}, each a value of one number: their means over the batch. */
export interface AgpLossTerms {
  /** Squared error of links among kept agents. */
  positive: Value;
  /** Squared chance of links that touch others. */
  off: Value;
  /** Cross entropy of who is kept. */
  node: Value;
  /** Mean chance of being kept. */
  sparse: Value;
  /** Chances of links from agents that are not kept, over N². */
  consistent: Value;
}

const targetsFor = (agents: number): Loss["targets"] => ({
  keep: { type: "float32", shape: ["batch", agents] },
  links: { type: "float32", shape: ["batch", agents, agents] },
});

/**
 * The loss of AGP's second stage as published and released, for outputs `keep` and `edges` and targets `keep`
 * [batch, N] (1 where an agent stays) and `links` [batch, N, N]: with M the pairs of kept agents and Â the
 * chances of links without the diagonal,
 *
 *     mean over M of (Â − A)² + off · mean over the rest of Â²
 *       + node · (BCE(keep) + sparse · mean(keep) + consistent · Σ (1 − y_i) Â_ij / N²)
 *
 * A mean over no pairs is 0; in the release it is not a number, and one question of which all agents were
 * pruned destroys the weights.
 */
export function agpLoss(agents: number, options: AgpLossOptions = {}): Loss {
  requireOptions("agpLoss", options, { off: true, node: true, sparse: true, consistent: true });
  const { off = 1, node = 1, sparse = 0.05, consistent = 0.01 } = options;
  return {
    name: `agpLoss(${agents}, ${off}, ${node}, ${sparse}, ${consistent})`,
    targets: targetsFor(agents),
    value: (g, outputs, targets) => {
      const terms = agpLossTerms(g, outputs, targets, agents);
      const pruning = g.sum(terms.node, g.mul(terms.sparse, sparse), g.mul(terms.consistent, consistent));
      return g.sum(terms.positive, g.mul(terms.off, off), g.mul(pruning, node));
    },
  };
}

/** The terms of {@linkcode agpLoss} one by one. */
export function agpLossTerms(
  g: GraphBuilder,
  outputs: Readonly<Record<string, Value>>,
  targets: Readonly<Record<string, Value>>,
  agents: number,
): AgpLossTerms {
  const [keep, truth, links] = [outputs.keep!, targets.keep!, targets.links!];
  const chances = g.mul(outputs.edges!, offDiagonal(g, agents)); // Â
  const pairs = g.mul(g.unsqueeze(truth, [2]), g.unsqueeze(truth, [1])); // M, [batch, N, N]
  const rest = g.sub(1, pairs);
  const difference = g.sub(chances, links);
  const senders = g.mul(g.unsqueeze(g.sub(1, truth), [2]), chances);
  const perPair = agents ** -2;
  return {
    positive: meanWhere(g, pairs, g.mul(difference, difference)),
    off: meanWhere(g, rest, g.mul(chances, chances)),
    node: mean(g, crossEntropyOf(g, keep, truth)),
    sparse: mean(g, keep),
    consistent: g.mul(mean(g, g.reduceSum(senders, [1, 2], { keepdims: false })), perPair),
  };
}

/**
 * The loss of {@linkcode directedNetwork}: cross entropy of who is kept, and of links between agents that are
 * both kept. A question nobody is kept for adds nothing to the second.
 */
export function linkLoss(agents: number): Loss {
  return {
    name: `linkLoss(${agents})`,
    targets: targetsFor(agents),
    value: (g, { keep, edges }, { keep: truth, links }) => {
      const pairs = g.mul(
        g.mul(g.unsqueeze(truth!, [2]), g.unsqueeze(truth!, [1])),
        offDiagonal(g, agents),
      );
      const among = meanWhere(g, pairs, crossEntropyOf(g, edges!, links!));
      return g.add(mean(g, crossEntropyOf(g, keep!, truth!)), among);
    },
  };
}

/** −y·log p − (1 − y)·log(1 − p), each logarithm at least log 1e−30 = −69.08; in PyTorch it is −100. */
function crossEntropyOf(g: GraphBuilder, chance: Value, truth: Value): Value {
  const log = (x: Value) => g.log(g.max(x, 1e-30));
  return g.neg(g.add(g.mul(truth, log(chance)), g.mul(g.sub(1, truth), log(g.sub(1, chance)))));
}

/** For each matrix the mean where `where` is 1, or 0 where it never is; the mean of these over the batch. */
function meanWhere(g: GraphBuilder, where: Value, x: Value): Value {
  const sum = (value: Value) => g.reduceSum(value, [1, 2], { keepdims: false }); // [batch]
  return mean(g, g.div(sum(g.mul(where, x)), g.max(sum(where), 1)));
}

function offDiagonal(g: GraphBuilder, agents: number): Value {
  const ones = Float32Array.from({ length: agents ** 2 }, (_, i) => i % (agents + 1) === 0 ? 0 : 1);
  return g.constant(float32(ones, [agents, agents]));
}

const mean = (g: GraphBuilder, x: Value): Value => g.reduceMean(x, undefined, { keepdims: false });
