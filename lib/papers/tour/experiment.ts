import { toExamples } from "../../data/image_set.ts";
import { type Kind, type Unit, unit, type WorkContext } from "../../experiment/unit.ts";
import { resnetCifar } from "../../nn/resnet_cifar.ts";
import { decodeModel } from "../../onnx/codec/decode.ts";
import type { Model } from "../../onnx/model.ts";
import { planPruning } from "../../prune/plan.ts";
import { mask } from "../../prune/mask.ts";
import { prune } from "../../prune/prune.ts";
import type { PruningPlan } from "../../prune/pruning_plan.ts";
import { report } from "../../prune/report.ts";
import type { ModelCosts } from "../../prune/cost_report.ts";
import { sensitivity, type SensitivityRow } from "../../prune/sensitivity.ts";
import { runModel } from "../../runtime/run_model.ts";
import { evaluate } from "../../train/evaluate.ts";
import { fit } from "../../train/fit.ts";
import { oneCycle } from "../../train/schedules.ts";
import { largest, largestDifference, testExamples } from "./examples.ts";
import { filterKernels, type KernelRow } from "./kernels.ts";
import { type LatencyRow, measureAll } from "./latency.ts";
import type { TourCriterion, TourPreset } from "./presets.ts";
import { pruneAndTune, type TourRow, type TuneRecipe } from "./prune_and_tune.ts";
import {
  chooseSubject,
  subjectData,
  subjectFiles,
  subjectModel,
  subjectName,
  type SubjectSpec,
} from "./subject.ts";

const module = import.meta.url;

/** Settings in the specs of all kinds but the first. */
interface OfSubject {
  readonly subject: SubjectSpec;
}

/** Five times through 5,000 images make a network that is right about nine times out of ten. */
const IMAGES = 5000;

const network: Kind<{ seed: number }, { loss: number }> = {
  name: "tour/network",
  version: 1,
  module,
  label: ({ seed }) => `training of ResNet-20 on procedural images, seed ${seed}`,
  seconds: () => 60,
  async work({ seed }, { runtime, progress, scratch }) {
    const { train } = await subjectData({ data: "procedural", seed }, IMAGES);
    const { model, history } = await fit(resnetCifar({ depth: 20, seed }), toExamples(train), {
      epochs: 5,
      batchSize: 64,
      schedule: oneCycle({ rate: 0.1 }),
      seed,
      runtime: await runtime(),
      progress,
      checkpoint: `${await scratch()}/training.safetensors`,
    });
    return {
      rows: [{ loss: history.at(-1)!.loss }],
      products: { "network.onnx": model.toOnnx() },
    };
  },
};

const accuracy: Kind<OfSubject, { examples: number; accuracy: number; loss: number }> = {
  name: "tour/accuracy",
  version: 1,
  module,
  data: ({ subject }) => subjectFiles(subject),
  label: ({ subject }) => `accuracy of ${subjectName(subject)}`,
  seconds: () => 2,
  async work({ subject }, context) {
    const { test } = await dataOf(subject, context);
    const { examples, accuracy, loss } = await evaluate(await modelOf(subject, context), toExamples(test), {
      runtime: await context.runtime(),
    });
    return { rows: [{ examples, accuracy: accuracy!, loss }] };
  },
};

const sensitivities: Kind<OfSubject & { images: number; ratios: readonly number[] }, SensitivityRow> = {
  name: "tour/sensitivity",
  version: 1,
  module,
  data: ({ subject }) => subjectFiles(subject),
  label: ({ subject }) => `sensitivity of ${subjectName(subject)}`,
  seconds: ({ images, ratios }) => 0.03 * ratios.length * images,
  async work({ subject, images, ratios }, context) {
    const test = testExamples(await dataOf(subject, context), images);
    const rows = sensitivity(await modelOf(subject, context), test, {
      ratios,
      runtime: await context.runtime(),
      progress: context.progress,
    });
    return { rows: await Array.fromAsync(rows) };
  },
};

const tuned: Kind<OfSubject & TuneRecipe, TourRow> = {
  name: "tour/prune-and-tune",
  version: 1,
  module,
  data: ({ subject }) => subjectFiles(subject),
  label: ({ criterion, target, seed }) =>
    `${criterion}, ${100 * target} % of the multiply-accumulates, seed ${seed}`,
  seconds: ({ images, epochs, target }) => 3 + 0.01 * images * epochs * target,
  async work({ subject, ...recipe }, context) {
    const { row, model } = await pruneAndTune(
      await modelOf(subject, context),
      await dataOf(subject, context, recipe.images),
      recipe,
      {
        runtime: await context.runtime(),
        progress: context.progress,
        checkpoint: `${await context.scratch()}/training.safetensors`,
      },
    );
    return { rows: [row], products: { "network.onnx": model.toOnnx() } };
  },
};

/** The plan that the notebook looks at closely: half of the multiply-accumulates. */
const PLAN = { target: { macs: 0.5 }, criterion: "group-l2" } as const;

const costs: Kind<OfSubject & { roundTo: number; runs: number }, { before: ModelCosts; after: ModelCosts }> =
  {
    name: "tour/costs",
    version: 2,
    module,
    timing: true,
    data: ({ subject }) => subjectFiles(subject),
    label: ({ subject }) => `costs of ${subjectName(subject)}, whole and pruned`,
    seconds: ({ runs }) => 0.3 * runs,
    async work({ subject, roundTo, runs }, context) {
      const model = await modelOf(subject, context);
      const smaller = prune(model, planPruning(model, { ...PLAN, roundTo }));
      const { before, after } = await report(model, smaller, {
        runtime: await context.runtime(),
        batches: [1, 64],
        runs,
        progress: context.progress,
      });
      return { rows: [{ before, after }] };
    },
  };

/** How far a network that was cut is from the one whose channels are silent. */
export interface CutRow {
  /** Test images that both computed, and how many numbers for each. */
  images: number;
  /** Numbers that each network gives for an image. */
  outputs: number;
  /** Largest difference between the two networks' logits. */
  difference: number;
  /** Largest logit, without its sign: what the difference is small against. */
  largest: number;
}

const cuts: Kind<OfSubject & { roundTo: number; images: number }, CutRow> = {
  name: "tour/cut",
  version: 1,
  module,
  data: ({ subject }) => subjectFiles(subject),
  label: ({ subject }) => `${subjectName(subject)}, cut and silenced`,
  seconds: () => 2,
  async work({ subject, roundTo, images }, context) {
    const model = await modelOf(subject, context);
    const plan = planPruning(model, { ...PLAN, roundTo });
    const { inputs } = testExamples(await dataOf(subject, context), images);
    const runtime = await context.runtime();
    const logits = async (model: Model) =>
      Object.values(await runModel(model, { [model.graph.inputs[0]!]: inputs }, { runtime }))[0]!;
    const [cut, silenced] = [await logits(prune(model, plan)), await logits(mask(model, plan))];
    const [count, outputs] = cut.dims;
    return {
      rows: [{
        images: count!,
        outputs: outputs!,
        difference: largestDifference(cut, silenced),
        largest: largest(silenced),
      }],
    };
  },
};

const kernels: Kind<OfSubject, KernelRow> = {
  name: "tour/kernels",
  version: 1,
  module,
  timing: true,
  data: ({ subject }) => subjectFiles(subject),
  label: ({ subject }) => `kernels on the filters of ${subjectName(subject)}`,
  seconds: () => 1,
  work: async ({ subject }, context) => ({ rows: await filterKernels(await modelOf(subject, context)) }),
};

const latencies: Kind<OfSubject & { networks: readonly string[]; runs: number }, LatencyRow> = {
  name: "tour/latencies",
  version: 2,
  module,
  timing: true,
  data: ({ subject }) => subjectFiles(subject),
  label: ({ networks }) => `latencies of ${networks.length} pruned networks`,
  seconds: ({ networks, runs }) => 0.11 * (networks.length + 4) * (runs + 3),
  async work({ subject, networks, runs }, context) {
    const pruned = [];
    for (const role of networks) {
      const { rows: [row], product } = await context.need(role);
      pruned.push({ row: row as TourRow, model: decodeModel(await product()) });
    }
    const model = await modelOf(subject, context);
    const { progress } = context;
    return { rows: await measureAll(model, pruned, { runtime: await context.runtime(), runs, progress }) };
  },
};

/** All kinds of the tour. */
export const kinds: readonly Kind[] = [
  network,
  accuracy,
  sensitivities,
  tuned,
  cuts,
  costs,
  kernels,
  latencies,
];

/** Everything that the notebook computes. */
export interface TourUnits {
  /** Settings of the network and its data. */
  readonly subject: SubjectSpec;
  /** The training of the network, where it is none that was published. */
  readonly network?: Unit;
  /** Accuracy and loss of the unpruned network. */
  readonly accuracy: Unit<unknown, { examples: number; accuracy: number; loss: number }>;
  /** Accuracy of the network with one group of channels pruned at a time. */
  readonly sensitivity: Unit<unknown, SensitivityRow>;
  /** Units by criterion and target, with the notebook's seed. */
  readonly tuned: readonly Unit<unknown, TourRow>[];
  /** Units at half of the multiply-accumulates, with further seeds. */
  readonly repeated: readonly Unit<unknown, TourRow>[];
  /** A cut network beside the one whose channels are silent. */
  readonly cut: Unit<unknown, CutRow>;
  /** Costs of the network before and after pruning. */
  readonly costs: Unit<unknown, { before: ModelCosts; after: ModelCosts }>;
  /** Kernels run over all filters of the network. */
  readonly kernels: Unit<unknown, KernelRow>;
  /** Latency of each model. */
  readonly latencies: Unit<unknown, LatencyRow>;
  /** All of them. */
  readonly all: readonly Unit[];
}

/** The units of a preset, for the data of this machine. */
export function unitsOf(preset: TourPreset, { seed }: { seed: number }): TourUnits {
  const { roundTo, images, epochs, latencyRuns: runs } = preset;
  const subject = chooseSubject(seed);
  const needs = needsOf(subject);
  const tune = (criterion: TourCriterion, target: number, seed: number) =>
    unit(tuned, { subject, criterion, target, roundTo, images, epochs, seed }, needs);
  const pruned = Object.fromEntries(
    preset.criteria.flatMap((criterion) =>
      preset.targets.map((target) => [`${criterion} ${target}`, tune(criterion, target, seed)] as const)
    ),
  );
  const repeated = preset.repeats.flatMap((more) =>
    preset.criteria.map((criterion) => tune(criterion, PLAN.target.macs, seed + more))
  );
  const units = {
    accuracy: unit(accuracy, { subject }, needs),
    sensitivity: unit(
      sensitivities,
      { subject, images: preset.sensitivityImages, ratios: preset.ratios },
      needs,
    ),
    cut: unit(cuts, { subject, roundTo, images: 64 }, needs),
    costs: unit(costs, { subject, roundTo, runs }, needs),
    kernels: unit(kernels, { subject }, needs),
    latencies: unit(latencies, { subject, networks: Object.keys(pruned), runs }, { ...needs, ...pruned }),
  };
  const all = [units.accuracy, units.cut, units.sensitivity, ...Object.values(pruned), ...repeated];
  return {
    subject,
    ...needs,
    ...units,
    tuned: Object.values(pruned),
    repeated,
    all: [...all, units.kernels, units.costs, units.latencies],
  };
}

/**
 * The plan of the notebook for a network: half of the multiply-accumulates stay, or another share of them.
 */
export function planOf(
  model: Model,
  { roundTo }: TourPreset,
  macs: number = PLAN.target.macs,
): PruningPlan {
  return planPruning(model, { ...PLAN, target: { macs }, roundTo });
}

/** A subject's network is read, or made by a unit of its own. */
function needsOf(subject: SubjectSpec): { network?: Unit } & Readonly<Record<string, Unit>> {
  return subject.data === "cifar10" ? {} : { network: unit(network, { seed: subject.seed }) };
}

async function modelOf(subject: SubjectSpec, { need }: WorkContext): Promise<Model> {
  return await subjectModel(subject, async () => await (await need("network")).product());
}

/** Images, read or made once by each worker. */
function dataOf(subject: SubjectSpec, { shared }: WorkContext, images?: number) {
  return shared(
    `tour ${JSON.stringify([subject, subject.data === "cifar10" ? 0 : images])}`,
    () => subjectData(subject, images),
  );
}
