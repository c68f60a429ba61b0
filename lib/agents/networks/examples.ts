import { float32, type Tensor } from "../../tensor/tensor.ts";
import type { Tensors } from "../../runtime/runtime.ts";
import { linksOf, positionsOf, type Topology } from "../topology.ts";

/**
 * Input of a network for questions: for each the embeddings of all roles with its own behind, [questions, N,
 * 2 × values].
 */
export function networkInput(
  roles: readonly Float32Array[],
  questions: readonly Float32Array[],
): Tensor {
  const [agents, size] = [roles.length, roles[0]!.length];
  const data = new Float32Array(questions.length * agents * 2 * size);
  questions.forEach((question, q) => {
    roles.forEach((role, i) => {
      const at = (q * agents + i) * 2 * size;
      data.set(role, at);
      data.set(question, at + size);
    });
  });
  return float32(data, [questions.length, agents, 2 * size]);
}

/** Who is kept, 1 or 0 by agent, and which links there are, [N][N] from row to column. */
export interface Label {
  /** Whether each agent is kept, 1 or 0. */
  readonly keep: readonly number[];
  /** Links from the agent of a row to that of a column, 1 or 0. */
  readonly links: readonly (readonly number[])[];
}

/** A topology as what a network should say. */
export function labelOf(topology: Topology): Label {
  const size = topology.parents.length;
  const kept = positionsOf(topology.kept);
  const links = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const [from, to] of linksOf(topology)) links[from]![to] = 1;
  return { keep: Array.from({ length: size }, (_, i) => kept.includes(i) ? 1 : 0), links };
}

/** Labels as the targets of a loss: `keep` [examples, N] and `links` [examples, N, N]. */
export function labelTensors(labels: readonly Label[]): Tensors {
  const agents = labels[0]?.keep.length ?? 0;
  return {
    keep: float32(labels.flatMap(({ keep }) => keep), [labels.length, agents]),
    links: float32(labels.flatMap(({ links }) => links.flat()), [labels.length, agents, agents]),
  };
}
