import { existsSync } from "node:fs";
import { quantizedBytes, quantizeWeights } from "../../compress/mod.ts";
import { dataFolders } from "../../data/folders.ts";
import { bert } from "../../nn/bert.ts";
import type { Model } from "../../onnx/model.ts";
import type { Progress } from "../../progress.ts";
import { seededRandom } from "../../random.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { glue, type TextBatches, textBatches, type TextExample } from "../../text/mod.ts";
import { evaluate } from "../../train/evaluate.ts";
import { fit } from "../../train/fit.ts";
import { adamW } from "../../train/optimizers.ts";
import { linearDecay } from "../../train/schedules.ts";
import {
  axSearch,
  type Configuration,
  type ElementId,
  emptyConfiguration,
  maskElements,
  removeElements,
} from "../../transformer/mod.ts";
import { plantHarm } from "./harm.ts";
import { type RuleName, RULES } from "./rules.ts";
import { withWeights } from "./with_weights.ts";

/** An encoder of words that is trained on SST-2 from scratch, with harm planted in it. */
export interface WordsSpec {
  /** Phrases to train on. */
  train: number;
  /** Phrases of the training set, not trained on, that decide. */
  validation: number;
  /** Times that the phrases are gone through. */
  epochs: number;
  /** Most frequent words that have a vector of their own. */
  vocabulary: number;
  /** Rules that search it; the last of them also with its weights rounded to eight bits. */
  rules: readonly RuleName[];
  /** Seed of phrases, weights, order and harm. */
  seed: number;
}

/** A search on that encoder, and what it came to on the development set. */
export interface WordsRow {
  /** The rule. */
  rule: RuleName;
  /** Whether the weights were rounded to eight bits before, a scale for each row. */
  quantized: boolean;
  /** Mean validation loss with the plant masked. */
  clean: number;
  /** Mean validation loss with the harm. */
  harmed: number;
  /** Mean validation loss of the result. */
  loss: number;
  /** Accuracy on the development set without harm, with it, and of the result. */
  accuracy: readonly [clean: number, harmed: number, after: number];
  /** What always answering the majority scores there. */
  majority: number;
  /** Whether the result answers one class almost always. */
  alarm: boolean;
  /** Times that the validation data were gone through. */
  passes: number;
  /** Parts that go. */
  configuration: Configuration;
  /** Bytes of the learned numbers before and after, by the count of `quantizedBytes` where rounded. */
  bytes: readonly [before: number, after: number];
}

/** Where harm is planted: a head of the first layer. */
export const WORDS_PLANT: ElementId = "attention.0.head.1";

const SIZES = { layers: 2, hidden: 64, heads: 4, neurons: 256 };
const GROUPS = 8;
const LENGTH = 32;
const [UNKNOWN, FIRST, OWN] = [1, 2, 3];

/** Whether SST-2 is there; then the experiment has this part. */
export const hasWords = (): boolean =>
  dataFolders("sst2").some((folder) => ["", ".gz"].some((end) => existsSync(`${folder}/train.tsv${end}`)));

/** Trains the encoder, plants harm, and searches it by each rule. */
export async function searchWords(
  spec: WordsSpec,
  { runtime, progress }: { runtime: Runtime; progress?: Progress },
): Promise<WordsRow[]> {
  const { model, cleared, decided, dev, positive } = await trainOnWords(spec, { runtime, progress });
  const clean = (await evaluate(cleared, decided, { runtime })).loss;
  const { model: harmedModel, harmed } = await plantHarm(model, {
    plants: [WORDS_PLANT],
    sizes: { ...SIZES, groups: GROUPS },
    seed: spec.seed,
    clean,
    lossOf: async (model) => (await evaluate(model, decided, { runtime })).loss,
  });
  const accuracyOf = async (model: Model) => (await evaluate(model, dev, { runtime })).accuracy!;
  const [without, withHarm] = [await accuracyOf(cleared), await accuracyOf(harmedModel)];

  const rows: WordsRow[] = [];
  const searches = [...spec.rules.map((rule) => ({ rule, quantized: false })), {
    rule: spec.rules.at(-1)!,
    quantized: true,
  }];
  for (const { rule, quantized } of searches) {
    const start = quantized ? quantizeWeights(harmedModel, { per: "row" }) : harmedModel;
    const stored = (model: Model) => {
      const { total, unquantized } = quantizedBytes(model, { per: "row" });
      return quantized ? total : unquantized;
    };
    const { configuration, after, alarm, trace } = await axSearch(start, decided, {
      rule: RULES[rule].rule,
      groups: GROUPS,
      k: 8,
      runtime,
    });
    const smaller = removeElements(start, configuration);
    rows.push({
      rule,
      quantized,
      clean,
      harmed,
      loss: after.loss,
      accuracy: [without, withHarm, await accuracyOf(smaller)],
      majority: Math.max(positive, 1 - positive),
      alarm: alarm !== undefined,
      passes: trace.steps.length + 1,
      configuration,
      bytes: [stored(start), stored(smaller)],
    });
  }
  return rows;
}

/** An encoder trained on phrases with the plant masked, what decides on it, and what it is tested on. */
interface WordsSubject {
  /** The trained encoder, whole. */
  model: Model;
  /** The trained encoder with the plant masked, as it was trained. */
  cleared: Model;
  /** Phrases that decide what goes. */
  decided: TextBatches;
  /** The development set. */
  dev: TextBatches;
  /** Part of the development set that is positive. */
  positive: number;
}

async function trainOnWords(
  { train, validation, epochs, vocabulary, seed }: WordsSpec,
  { runtime, progress }: { runtime: Runtime; progress: Progress | undefined },
): Promise<WordsSubject> {
  const { examples } = await glue("sst2", "train");
  const order = seededRandom(seed, "phrases").permutation(examples.length);
  const chosen = Array.from(order.subarray(0, train + validation), (i) => examples[i]!);
  const words = frequent(chosen.slice(validation), vocabulary);
  const whole = bert({
    ...SIZES,
    vocabulary: OWN + vocabulary,
    positions: LENGTH,
    types: 0,
    pooling: "mean",
    seed,
  });
  const batches = (part: readonly TextExample[], options: { batchSize: number; shuffleSeed?: number }) =>
    textBatches(whole, {
      texts: part.map(({ text }) => idsOf(text, words)),
      labels: part.map(({ label }) => label),
      classes: 2,
    }, options);
  const decided = batches(chosen.slice(0, validation), { batchSize: 100 });
  const unseen = (await glue("sst2", "dev")).examples;
  const dev = batches(unseen, { batchSize: 100 });

  const empty = emptyConfiguration({ groups: GROUPS }, { k: 8 });
  const masked = (model: Model) => maskElements(model, { ...empty, removed: [WORDS_PLANT] });
  const { model: trained } = await fit(
    masked(whole),
    batches(chosen.slice(validation), { batchSize: 64, shuffleSeed: seed }),
    {
      epochs,
      optimizer: adamW({ weightDecay: 0 }),
      schedule: linearDecay({ rate: 1.5e-3, warmUp: 0.1 }),
      clip: 1,
      seed,
      runtime,
      progress,
    },
  );
  const model = withWeights(whole, trained);
  const positive = unseen.filter(({ label }) => label === 1).length / unseen.length;
  return { model, cleared: masked(model), decided, dev, positive };
}

const wordsOf = (text: string): string[] => text.toLowerCase().split(/\s+/).filter((word) => word !== "");

/** The most frequent words, each with its number; of equally frequent ones the first in the alphabet. */
function frequent(examples: readonly TextExample[], count: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text } of examples) {
    for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, count);
  return new Map(sorted.map(([word], i) => [word, OWN + i]));
}

function idsOf(text: string, words: ReadonlyMap<string, number>): { ids: number[]; types: number[] } {
  const ids = [FIRST, ...wordsOf(text).map((word) => words.get(word) ?? UNKNOWN)].slice(0, LENGTH);
  return { ids, types: ids.map(() => 0) };
}
