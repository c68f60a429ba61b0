import { decodeSafetensors, encodeSafetensors } from "../../formats/safetensors.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { elements } from "../../tensor/arrays.ts";
import { allTopologies, type Topology } from "../topology.ts";
import { type Score, scoreTopologies, utilityOf } from "./exact.ts";
import type { SimulatedTask, SimulatedWorld } from "./world.ts";

/** Accuracy and tokens of every team of a small pool for one type of questions. */
export interface ScoreTable {
  /** Chance to be right, in the order of {@linkcode allTopologies}. */
  readonly accuracy: Float64Array;
  /** Tokens of a question. */
  readonly tokens: Float64Array;
}

/** Scores every team of a world's pool: 32,281 of five agents. */
export function scoreTable(world: SimulatedWorld, task: SimulatedTask): ScoreTable {
  const scores = scoreTopologies(world, task, allTopologies(world.agents.length));
  return {
    accuracy: Float64Array.from(scores, ({ accuracy }) => accuracy),
    tokens: Float64Array.from(scores, ({ tokens }) => tokens),
  };
}

/** The team at a place of a table with its score; by default the one of highest utility. */
export function teamAt(
  world: SimulatedWorld,
  { accuracy, tokens }: ScoreTable,
  place?: number,
): Score & { place: number } {
  const utility = (i: number) => utilityOf(world, accuracy[i]!, tokens[i]!);
  let best = place ?? 0;
  if (place === undefined) {
    for (let i = 1; i < accuracy.length; i++) if (utility(i) > utility(best)) best = i;
  }
  return { place: best, accuracy: accuracy[best]!, tokens: tokens[best]!, utility: utility(best) };
}

/** A table as bytes. */
export function encodeScoreTable({ accuracy, tokens }: ScoreTable): Uint8Array {
  const dims = [accuracy.length];
  return encodeSafetensors({
    accuracy: new Tensor("float64", accuracy, dims),
    tokens: new Tensor("float64", tokens, dims),
  });
}

/** The table in such bytes. */
export function decodeScoreTable(bytes: Uint8Array): ScoreTable {
  const { accuracy, tokens } = decodeSafetensors(bytes, "table of scores").tensors;
  return { accuracy: elements(accuracy!, "float64"), tokens: elements(tokens!, "float64") };
}

/** Places in a table of teams that were put in bits, of a pool of at most five. */
export function teamPlaces(size: number): (topology: Topology) => number {
  const key = ({ kept, parents }: Topology) => parents.reduce((sum, bits) => sum * 32 + bits, kept);
  const places = new Map(allTopologies(size).map((topology, place) => [key(topology), place]));
  return (topology) => places.get(key(topology))!;
}
