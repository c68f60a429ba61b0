import { countMacs } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { runModel } from "../../runtime/run_model.ts";
import { evaluate } from "../../train/evaluate.ts";
import {
  axSearch,
  type Configuration,
  type ElementId,
  maskElements,
  removeElements,
  type SearchStep,
} from "../../transformer/mod.ts";
import { type RuleName, RULES } from "./rules.ts";
import type { PlantSpec } from "./experiment.ts";
import { LENGTH, sentences } from "./negation.ts";
import { GROUPS, type HarmedRow, PLANTS } from "./planted.ts";
import { floats } from "../../tensor/arrays.ts";

/** A search on a network with planted harm. */
export interface SearchSpec extends PlantSpec {
  /** The rule. */
  rule: RuleName;
}

/** Result of a search. */
export interface SearchRow extends SearchSpec, HarmedRow {
  /** Mean validation loss of the result. */
  loss: number;
  /** Accuracy on the test sentences of the result. */
  accuracy: number;
  /** Times that the validation data were gone through. */
  passes: number;
  /** Elements that go. */
  configuration: Configuration;
  /**
   * Whether the planted element itself goes, or the block that it is in; of all plants, whether each does.
   */
  found: "itself" | "inside" | "no";
  /** All that was tried. */
  steps: readonly SearchStep[];
  /** Seconds that the search took, on however busy a machine. */
  seconds: number;
  /** Parameters before and after. */
  parameters: readonly [before: number, after: number];
  /** The largest difference of a logit between the masked and the removed network on the validation data. */
  difference: number;
  /** Whether the result answers one class almost always. */
  alarm: boolean;
}

/** Keys that each query keeps of at most 12. */
const K = 4;

/** Searches, removes what was found, and tests what is left on sentences that nobody has looked at. */
export async function searchAndTest(
  spec: SearchSpec,
  { model, harmed, runtime }: { model: Model; harmed: HarmedRow; runtime: Runtime },
): Promise<SearchRow> {
  const validation = sentences(spec.validation, spec.seed, "validation");
  const began = performance.now();
  const { configuration, trace, after, alarm } = await axSearch(model, validation, {
    rule: RULES[spec.rule].rule,
    groups: GROUPS,
    k: K,
    batchSize: 128,
    runtime,
  });
  const seconds = (performance.now() - began) / 1000;
  const smaller = removeElements(model, configuration);
  const test = await evaluate(smaller, sentences(2000, spec.seed, "test"), { runtime, batchSize: 500 });
  const outputs = [maskElements(model, configuration), smaller].map((each) =>
    runModel(each, validation.inputs, { runtime })
  );
  const [masked, removed] = (await Promise.all(outputs)).map(({ logits }) => floats(logits!));
  return {
    ...spec,
    ...harmed,
    loss: after.loss,
    accuracy: test.accuracy!,
    passes: trace.steps.length + 1,
    configuration,
    found: foundIn(spec.plant, configuration.removed),
    steps: trace.steps,
    seconds,
    parameters: [model, smaller].map(parametersOf) as unknown as [number, number],
    difference: masked!.reduce((most, value, i) => Math.max(most, Math.abs(value - removed![i]!)), 0),
    alarm: alarm !== undefined,
  };
}

/** Parameters, by the layer's weights that are left. */
function parametersOf(model: Model): number {
  const fed = model.graph.inputs.filter((name) => !model.graph.initializers.has(name));
  return countMacs(model, { inputShapes: Object.fromEntries(fed.map((name) => [name, [1, LENGTH]])) })
    .parameters;
}

function foundIn(plant: PlantSpec["plant"], removed: readonly ElementId[]): SearchRow["found"] {
  const planted = plant === "all" ? PLANTS : [plant];
  const gone = new Set<string>(removed);
  if (planted.every((element) => gone.has(element))) return "itself";
  const blockOf = (element: string) => element.split(".").slice(0, 2).join(".");
  return planted.every((element) => gone.has(element) || gone.has(blockOf(element))) ? "inside" : "no";
}
