import { type Kind, type Unit, unit } from "../../experiment/unit.ts";
import type { Needed, WorkContext } from "../../experiment/unit.ts";
import { loadModel } from "../../io/load_model.ts";
import { type AllocationRow, type AllocationSpec, measureAllocations } from "./allocation.ts";
import { askCompressed, type AskedRow, type AskedSpec, type CalibrationText } from "./asked.ts";
import { measureTexts, type PerplexityRow, type PerplexitySpec } from "./perplexity.ts";
import { type LrmPreset, settingsFor } from "./presets.ts";
import { type ProbeSpec, trainProbe } from "./probe.ts";
import { measureSensitivity, type SensitivityRow, type SensitivitySpec } from "./sensitivity.ts";
import { askServed, planServed, type ServedRow, type ServedSpec } from "./served.ts";
import { labelOf, type Setting } from "./setting.ts";
import {
  FILES,
  hasSmollm2,
  hasStories,
  probeSubject,
  smollm2Subject,
  STORIES_LAYERS,
  storiesSubject,
  type SubjectName,
  type TextSubject,
} from "./text_subject.ts";

const module = import.meta.url;

const probe: Kind<ProbeSpec, ProbeSpec> = {
  name: "compressed_lrm/probe",
  version: 1,
  module,
  label: ({ hidden, seed }) => `teaching a probe of width ${hidden}, seed ${seed}`,
  seconds: ({ hidden, steps }) => 0.0004 * hidden * steps,
  async work(spec, { runtime, progress }) {
    const model = await trainProbe(spec, { runtime: await runtime(), progress });
    return { rows: [spec], products: { "network.onnx": model.toOnnx() } };
  },
};

const network = async (trained: Needed) => await loadModel(await trained.product());

const asked: Kind<AskedSpec, AskedRow> = {
  name: "compressed_lrm/asked",
  version: 1,
  module,
  label: ({ setting, text, hidden, seed }) =>
    `${labelOf(setting)} after ${text}: width ${hidden}, seed ${seed}`,
  seconds: ({ items }) => 0.015 * items,
  async work(spec, { runtime, need }) {
    return { rows: await askCompressed(await network(await need("probe")), spec, await runtime()) };
  },
};

/** What both kinds of measurements on texts say of where their data are. */
const data = ({ subject }: { subject: SubjectName }) => FILES[subject];

/** A subject as a unit has it: the small one is read once for all units of a worker. */
async function subjectOf(
  { subject, calibration = 0, texts: [from, count] }: {
    subject: SubjectName;
    calibration?: number;
    texts: readonly [from: number, count: number];
  },
  { need, shared }: WorkContext,
): Promise<TextSubject> {
  switch (subject) {
    case "stories260K":
      return await shared("stories260K", storiesSubject);
    case "smollm2-135m":
      return await smollm2Subject({ calibration, texts: from + count });
    case "probe": {
      const trained = await need<ProbeSpec>("probe");
      return probeSubject(await network(trained), trained.rows[0]!);
    }
  }
}

const perplexity: Kind<PerplexitySpec, PerplexityRow> = {
  name: "compressed_lrm/perplexity",
  version: 1,
  module,
  data,
  label: ({ subject, setting }) => `${subject}, ${labelOf(setting)}`,
  seconds: ({ subject, calibration, texts: [, count] }) =>
    subject === "smollm2-135m" ? 10 + 6 * count + 20 * calibration : 3,
  async work(spec, context) {
    return { rows: [await measureTexts(spec, await subjectOf(spec, context), await context.runtime())] };
  },
};

const sensitivity: Kind<SensitivitySpec, SensitivityRow> = {
  name: "compressed_lrm/sensitivity",
  version: 1,
  module,
  data,
  label: ({ subject, bits }) => `${subject}, one matrix after the other at ${bits} bits`,
  seconds: ({ subject, texts: [, count] }) => subject === "smollm2-135m" ? 1300 * count : 25,
  async work(spec, context) {
    return { rows: await measureSensitivity(spec, await subjectOf(spec, context), await context.runtime()) };
  },
};

const allocation: Kind<AllocationSpec, AllocationRow> = {
  name: "compressed_lrm/allocation",
  version: 1,
  module,
  data,
  label: ({ subject, budget }) => `${subject}, ${budget} bits given by several rules`,
  seconds: ({ draws }) => 25 + 2 * draws,
  async work(spec, context) {
    return { rows: await measureAllocations(spec, await subjectOf(spec, context), await context.runtime()) };
  },
};

const served: Kind<ServedSpec, ServedRow> = {
  name: "compressed_lrm/served",
  version: 1,
  module,
  label: ({ model, method, benchmark }) => `${model}, ${method}: ${benchmark}`,
  seconds: ({ items, runs, maxTokens }) => items * runs * Math.min(4000, maxTokens) / 100,
  work: async (spec, { progress }) => ({ rows: await askServed(spec, progress) }),
};

/** All kinds of the experiment. */
export const kinds: readonly Kind[] = [
  probe,
  asked,
  perplexity,
  sensitivity,
  allocation,
  served,
];

/** Everything that the notebook computes. */
export interface LrmUnits {
  /** The trained probes. */
  readonly probes: readonly Unit<ProbeSpec, ProbeSpec>[];
  /** Compressed probes, asked everything. */
  readonly asked: readonly Unit<AskedSpec, AskedRow>[];
  /** Probes pruned after calibration on something else than lessons, asked everything. */
  readonly calibrated: readonly Unit<AskedSpec, AskedRow>[];
  /** Compressed language models, measured on texts. */
  readonly texts: readonly Unit<PerplexitySpec, PerplexityRow>[];
  /** Matrices rounded alone. */
  readonly sensitivity: Unit<SensitivitySpec, SensitivityRow>;
  /** Bits given to matrices by several rules. */
  readonly allocations: readonly Unit<AllocationSpec, AllocationRow>[];
  /** A real model on texts; none where it is not asked for, or not there. */
  readonly real: readonly Unit<PerplexitySpec, PerplexityRow>[];
  /** Served models, asked benchmarks; none where none is served. */
  readonly served: readonly Unit<ServedSpec, ServedRow>[];
  /** What is asked of served models and what it may cost, or what is missing. */
  readonly servedPlan: string;
  /** The model of the first part: the teller of stories, or where it is not there the first probe. */
  readonly subject: SubjectName;
  /** All of them. */
  readonly all: readonly Unit[];
}

/** The units of a preset; seeds count from the notebook's. */
export function unitsOf(preset: LrmPreset, { seed: first }: { seed: number }): LrmUnits {
  const probes = preset.widths.flatMap((width) =>
    preset.seeds.map((seed) => unit(probe, { ...preset.training, ...width, seed: first + seed }))
  );
  const ofProbes = probes.map((trained) => askedUnits(preset, trained));
  const servedPlan = planServed(preset.served, first);
  const parts = {
    probes,
    // What needs no probe is done while one is taught.
    ...textUnits(preset.texts, probes[0]!),
    asked: ofProbes.flatMap(({ asked }) => asked),
    calibrated: ofProbes.flatMap(({ calibrated }) => calibrated),
    real: preset.real && hasSmollm2() ? realUnits(preset.real) : [],
    served: servedPlan.specs.map((spec) => unit(served, spec)),
  };
  const all = Object.values(parts).flat();
  return {
    ...parts,
    sensitivity: parts.sensitivity[0]!,
    servedPlan: servedPlan.words,
    subject: subjectName(),
    all,
  };
}

const subjectName = (): SubjectName => hasStories() ? "stories260K" : "probe";

type Trained = Unit<ProbeSpec, ProbeSpec>;

/** Everything that one probe is asked. */
function askedUnits({ plan, items, calibration }: LrmPreset, trained: Trained) {
  const ask = (setting: Setting, text: CalibrationText) =>
    unit(asked, { ...trained.spec, setting, text, items, calibration }, { probe: trained });
  return {
    asked: settingsFor(plan, trained.spec).map((setting) => ask(setting, "lessons")),
    calibrated: plan.calibrated.flatMap((sparsity) =>
      (["facts", "chains", "noise"] as const).map((text) => ask({ method: "sparsegpt", sparsity }, text))
    ),
  };
}

/** Measurements of the teller of stories, or of a probe that stands in for it. */
function textUnits({ settings, keeping, measured, budgets, draws }: LrmPreset["texts"], trained: Trained) {
  const subject = subjectName();
  const needs: Record<string, Unit> = subject === "probe" ? { probe: trained } : {};
  const layers = subject === "probe" ? trained.spec.layers : STORIES_LAYERS;
  const kept = Array.from(
    { length: layers },
    (_, keep): Setting => ({ method: "gptq", bits: keeping, keep }),
  );
  // Matrices are tried out on other texts than those that allocations are measured on.
  const [held, others] = [[0, 64], [128, 64]] as const;
  return {
    sensitivity: [unit(sensitivity, { subject, bits: 3, texts: held }, needs)],
    allocations: budgets.map((budget) =>
      unit(allocation, {
        ...{ subject, budget, draws, held, texts: others },
        methods: ["rtn", "gptq"] as const,
      }, needs)
    ),
    texts: [...settings, ...kept].map((setting) =>
      unit(perplexity, { subject, setting, calibration: 64, texts: measured }, needs)
    ),
  };
}

function realUnits({ settings, windows }: NonNullable<LrmPreset["real"]>): LrmUnits["real"] {
  return settings.map(({ setting, calibration }) =>
    unit(perplexity, { subject: "smollm2-135m", setting, calibration, texts: [0, windows] })
  );
}
