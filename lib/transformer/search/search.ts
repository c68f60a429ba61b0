import { type OptionNames, requireOptions } from "../../options.ts";
import type { Model } from "../../onnx/model.ts";
import { comparePredictions, type PredictionChange } from "../../text/metrics.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { defaultRuntime } from "../../runtime/run_model.ts";
import type { TrainingData } from "../../train/batches.ts";
import { emptyConfiguration, layersOf, requireConfiguration, withRemoved } from "../configuration.ts";
import type { Configuration, ElementId } from "../elements.ts";
import { batchesOf, type Evaluated, type Evaluator, openEvaluator } from "./evaluator.ts";
import type { ExampleLoss } from "../example_losses.ts";
import { favour } from "./favour.ts";
import { alarmOf, type Confirmed, judge, type Judged } from "./judged.ts";
import { type FavourRule, ruleOf, type SweepRule } from "./rules.ts";
import { summaryOf } from "./summary.ts";
import { sweep } from "./sweep.ts";
import { elementsOf, type Transformer, transformerOf } from "../transformer.ts";
import { requireNoMore, type SearchTrace } from "./trace.ts";
import { startTrials, type Trials } from "./trials.ts";
import { stopSignal } from "../../stop.ts";

/** Settings of {@linkcode axSearch}. */
export interface AxSearchOptions {
  /**
   * Rule by which changes are looked for and accepted: the better rule, the released one to the letter, a
   * rule of your own, or what favours size, speed or a budget over accuracy. Default `"better"`.
   */
  rule?: "better" | "released" | SweepRule | FavourRule | undefined;
  /** Groups that the neurons of each feed-forward block are divided into. Default 12, the paper's. */
  groups?: number | undefined;
  /** Weights that each query keeps where attention is hard; one number, or one per layer. Default 30. */
  k?: number | readonly number[] | undefined;
  /** Whether hard attention scales the weights that it keeps up to sum to 1. Default false, as released. */
  renormalize?: boolean | undefined;
  /**
   * Loss of each example. Default: by the names of the targets, `labels`, `expected`, or `starts` and `ends`.
   */
  loss?: ExampleLoss | undefined;
  /** Examples per run, where the data are not in batches already. Default 128. */
  batchSize?: number | undefined;
  /**
   * Data that no decision looks at: of the states that the search went through, the one that does best on
   * them is the result. Default: none, the result is the last state.
   */
  confirm?: TrainingData | undefined;
  /** A trace to go on from: its steps are not computed again. */
  resume?: SearchTrace | undefined;
  /** Told of the trace after each step, to save it: a copy, which later steps do not change. */
  onStep?: ((trace: SearchTrace) => void | Promise<void>) | undefined;
  /** Ends the search after the batch or the measurement at hand, with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Engine that computes. Default: the best there is. */
  runtime?: Runtime | undefined;
}

/** Names of {@linkcode AxSearchOptions}. */
export const AX_SEARCH_OPTIONS: OptionNames<AxSearchOptions> = {
  rule: true,
  groups: true,
  k: true,
  renormalize: true,
  loss: true,
  batchSize: true,
  confirm: true,
  resume: true,
  onStep: true,
  signal: true,
  runtime: true,
};

/** Result of {@linkcode axSearch}. */
export interface AxSearched {
  /** Elements that are to go: give them to `removeElements`, `maskElements` or `networkMap`. */
  configuration: Configuration;
  /** All that was tried. */
  trace: SearchTrace;
  /** The untouched network on the validation data. */
  before: Judged;
  /** The network with the configuration's elements masked, on the same data. */
  after: Judged;
  /** Examples that are answered differently, and McNemar's test; undefined where there are no classes. */
  change: PredictionChange | undefined;
  /**
   * The untouched network and the result on the data of `confirm`; undefined without them. They chose the
   * result, so report on others still.
   */
  confirmed: Confirmed | undefined;
  /**
   * Why the result is not to be trusted although its loss is lower, or nothing went: it answers one class
   * almost always, on the validation data or on those of `confirm`. Undefined where it does not.
   */
  alarm: string | undefined;
  /** All this in a sentence or two: what can go, or that nothing can, and what it is worth. */
  summary: string;
}

/**
 * Finds which heads, groups of neurons and blocks of a fine-tuned transformer do harm on a task, and in which
 * layers attention does better with its largest weights alone: each is masked in turn on validation data, and
 * stays gone where the loss falls. No weight is changed, and nothing is trained. No graph is built for a
 * trial, since masks are fed.
 *
 * Source: A. Nagarajan, S. Sen, J. R. Stevens, A. Raghunathan, "AxFormer: Accuracy-driven approximation of
 * transformers", 2022, as their released code has it; the better rule is ours.
 *
 * Decide on data that were not trained on, and report on others still: a search looks at its data some
 * hundred times.
 *
 * @param validation examples, or batches, with the model's inputs and the targets `labels`, `expected`, or
 * `starts` and `ends`
 * @throws TypeError where the graph has no transformer, the rule is none, the trace is another search's or
 * contradicts itself, or outputs and targets do not fit together; SyntaxError where what it is to go on from
 * is no trace; RangeError where a label is none of the model's classes, or the untouched network's loss no
 * finite number; the signal's reason where it is aborted
 */
export async function axSearch(
  model: Model,
  validation: TrainingData,
  options: AxSearchOptions = {},
): Promise<AxSearched> {
  requireOptions("axSearch", options, AX_SEARCH_OPTIONS);
  const { rule = "better", groups, k, renormalize = false, resume, onStep, confirm } = options;
  const signal = stopSignal(options.signal);
  const walk = ruleOf(rule);
  const transformer = transformerOf(model, { groups });
  const empty = emptyConfiguration(transformer, { k, renormalize });
  requireConfiguration("search", transformer, empty);
  signal?.throwIfAborted();
  const runtime = options.runtime ?? await defaultRuntime();
  const { loss, batchSize } = options;
  const settings = { runtime, renormalize, loss, batchSize, signal };
  const mean = "sweeps" in walk ? walk.mean : "examples";
  const data = batchesOf(transformer, validation, batchSize);
  await using opened = new AsyncDisposableStack();
  const evaluator = opened.adopt(
    await openEvaluator(transformer, data, { ...settings, mean }),
    (one) => one.release(),
  );
  // Data that do not fit are told before hours of search, not after them.
  const others = confirm &&
    opened.adopt(await openEvaluator(transformer, confirm, settings), (one) => one.release());
  const untouched = await others?.evaluate(empty);
  const trials = await startTrials(evaluator, empty, {
    accept: "sweeps" in walk ? walk : { strict: false, minWins: -1 },
    search: nameOf(transformer, empty, walk),
    resume,
    onStep,
    signal,
  });
  if ("sweeps" in walk) await sweep(transformer, trials, walk);
  else await favour(transformer, trials, walk, { data, runtime, signal });
  signal?.throwIfAborted();
  if (resume) requireNoMore(resume, trials.trace);
  const { removed, confirmed } = others && untouched
    ? await bestState(trials, empty, { others, untouched })
    : { removed: withRemoved(empty, trials.gone).removed, confirmed: undefined };
  const configuration = { ...empty, removed };
  const { reference } = trials;
  const { labels } = evaluator;
  const { blocks } = transformer;
  const final = removed.length === 0 ? reference : await evaluator.evaluate(configuration);
  const [before, after] = [judge(reference, labels), judge(final, labels)];
  const alarm = alarmOf(after, confirmed);
  return {
    configuration,
    trace: trials.trace,
    before,
    after,
    change: labels && reference.predictions && final.predictions &&
      comparePredictions(reference.predictions, final.predictions, labels),
    confirmed,
    alarm,
    summary: summaryOf(removed, trials.trace, { before, after, confirmed, alarm, blocks }),
  };
}

/** Words that two searches share only where they try the same things in the same order. */
function nameOf(
  transformer: Transformer,
  { k, renormalize }: Configuration,
  rule: SweepRule | FavourRule,
): string {
  const words = JSON.stringify({ ...rule, k, renormalize }, (_, value) => {
    if (value === Infinity) return "Infinity";
    return typeof value === "function" ? String(value) : value;
  });
  return `${layersOf(transformer)} layers, ${elementsOf(transformer).length} elements, ${words}`;
}

/**
 * The state with the least loss on other data, of those that a search went through, and what it is worth on
 * them; of equal ones the last.
 */
async function bestState(
  { path }: Trials,
  empty: Configuration,
  { others, untouched }: { others: Evaluator; untouched: Evaluated },
): Promise<{ removed: readonly ElementId[]; confirmed: Confirmed }> {
  const { examples, labels } = others;
  let best = { removed: empty.removed, found: untouched };
  for (const { removed } of path.slice(1)) { // the first is the untouched network
    const found = await others.evaluate({ ...empty, removed });
    if (found.loss <= best.found.loss) best = { removed, found };
  }
  const [before, after] = [judge(untouched, labels), judge(best.found, labels)];
  return { removed: best.removed, confirmed: { before, after, examples } };
}
