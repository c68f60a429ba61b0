import { bert } from "../../nn/bert.ts";
import type { Runtime, Tensors } from "../../runtime/runtime.ts";
import { seededRandom } from "../../random.ts";
import { int64 } from "../../tensor/tensor.ts";
import {
  type ElementId,
  emptyConfiguration,
  removeElements,
  type TimedPair,
  timeInTurns,
} from "../../transformer/mod.ts";
import { hardId, partId } from "../../transformer/elements.ts";

/** Which encoder is timed, and how. */
export interface SpeedSpec {
  /** Layers of the encoder. */
  layers: number;
  /** Width of its residual stream. */
  hidden: number;
  /** Heads in each layer. */
  heads: number;
  /** Batches and lengths that it is timed at. */
  points: readonly { batch: number; length: number }[];
  /** Timed pairs of runs. */
  runs: number;
}

/** Elements that are gone when a model is timed. */
export type Gone = "half of heads and groups" | "one block in two" | "nothing, hard attention";

/** An encoder timed against what is left of it. */
export interface SpeedRow extends TimedPair {
  /** Elements that are gone. */
  gone: Gone;
  /** Sequences in a run. */
  batch: number;
  /** Tokens of each. */
  length: number;
}

const VOCABULARY = 1000;

/** Times the encoder against what is left of it, in turns, at each batch and length. */
export async function measureSpeed(spec: SpeedSpec, runtime: Runtime): Promise<SpeedRow[]> {
  const { layers, hidden, heads, points, runs } = spec;
  const model = bert({ layers, hidden, heads, vocabulary: VOCABULARY, dropout: 0 });
  const rows: SpeedRow[] = [];
  for (const [gone, removed] of Object.entries(goneIn({ layers, heads }))) {
    const configuration = { ...emptyConfiguration({ groups: 12 }), removed };
    const smaller = removeElements(model, configuration);
    for (const { batch, length } of points) {
      const timed = await timeInTurns(model, smaller, [feedsOf(batch, length)], { runs, warmUp: 3, runtime });
      rows.push({ gone: gone as Gone, batch, length, ...timed });
    }
  }
  return rows;
}

function goneIn({ layers, heads }: { layers: number; heads: number }): Record<Gone, ElementId[]> {
  const each = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
  const all = each(layers, (layer) => layer);
  return {
    "half of heads and groups": all.flatMap((layer) => [
      ...each(heads / 2, (head) => partId("attention", layer, 2 * head)),
      ...each(6, (group) => partId("feed-forward", layer, 2 * group)),
    ]),
    "one block in two": all.map((layer): ElementId =>
      layer % 2 === 0 ? `attention.${layer}` : `feed-forward.${layer}`
    ),
    "nothing, hard attention": all.map(hardId),
  };
}

/** Sequences of random tokens without padding. */
function feedsOf(batch: number, length: number): Tensors {
  const random = seededRandom(0, "speed");
  const full = (value: () => number) => int64(Array.from({ length: batch * length }, value), [batch, length]);
  return {
    input_ids: full(() => random.integer(VOCABULARY)),
    attention_mask: full(() => 1),
    token_type_ids: full(() => 0),
  };
}
