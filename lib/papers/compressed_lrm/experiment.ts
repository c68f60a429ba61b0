import { type Kind, type Unit, unit } from "../../experiment/unit.ts";
import type { Needed, WorkContext } from "../../experiment/unit.ts";
import { loadModel } from "../../io/load_model.ts";
import { type AllocationRow, type AllocationSpec, measureAllocations } from "./allocation.ts";
import { attribute, type AttributionRow, type AttributionSpec } from "./matrices/attributed.ts";
import { askCompressed, type AskedRow, type AskedSpec, type CalibrationText } from "./asked.ts";
import { weightsOfLayers } from "./matrices/matrix_name.ts";
import { measureTexts, type PerplexityRow, type PerplexitySpec } from "./perplexity.ts";
import { type LrmPreset, settingsFor } from "./presets.ts";
import { type ProbeSpec, trainProbe } from "./probe.ts";
import { measureProtection, type ProtectionRow, type ProtectionSpec } from "./matrices/protection.ts";
import { measureSensitivity, type SensitivityRow, type SensitivitySpec } from "./matrices/sensitivity.ts";
import { askServed, planServed, type ServedRow, type ServedSpec } from "./served.ts";
import { DENSE, labelOf, type Setting } from "./setting.ts";
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
  version: 2,
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
  { subject, calibration = 0, texts: [from, count] = [0, 0] }: {
    subject: SubjectName;
    calibration?: number;
    texts?: readonly [from: number, count: number];
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

const protection: Kind<ProtectionSpec, ProtectionRow> = {
  name: "compressed_lrm/protection",
  version: 1,
  module,
  data,
  label: ({ subject, bits }) => `${subject}, ${bits} bits with some matrices kept`,
  seconds: ({ draws }) => 10 + 2 * draws,
  async work(spec, context) {
    const { rows: alone } = await context.need<SensitivityRow>("sensitivity");
    const subject = await subjectOf(spec, context);
    return { rows: await measureProtection(spec, subject, alone, await context.runtime()) };
  },
};

const attributed: Kind<AttributionSpec, AttributionRow> = {
  name: "compressed_lrm/attributed",
  version: 1,
  module,
  data,
  label: ({ subject, setting }) => `${subject}, ${labelOf(setting)}: matrices weighed by behaviours`,
  seconds: () => 10,
  async work(spec, context) {
    return { rows: await attribute(spec, await subjectOf(spec, context), await context.runtime()) };
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
  protection,
  attributed,
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
  /** The first probe with one matrix after the other rounded alone, asked everything. */
  readonly alone: readonly Unit<AskedSpec, AskedRow>[];
  /** Compressed language models, measured on texts. */
  readonly texts: readonly Unit<PerplexitySpec, PerplexityRow>[];
  /** Matrices rounded alone. */
  readonly sensitivity: Unit<SensitivitySpec, SensitivityRow>;
  /** Matrices kept at 16 bits by several rules. */
  readonly protection: Unit<ProtectionSpec, ProtectionRow>;
  /** Matrices weighed by behaviours, of models dense and rounded. */
  readonly attributed: readonly Unit<AttributionSpec, AttributionRow>[];
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
    alone: aloneUnits(preset, probes[0]!),
    attributed: attributedUnits(preset, probes[0]!),
    real: preset.real && hasSmollm2() ? realUnits(preset.real) : [],
    served: servedPlan.specs.map((spec) => unit(served, spec)),
  };
  const all = Object.values(parts).flat();
  return {
    ...parts,
    sensitivity: parts.sensitivity[0]!,
    protection: parts.protection[0]!,
    servedPlan: servedPlan.words,
    subject: subjectName(),
    all,
  };
}

const subjectName = (): SubjectName => hasStories() ? "stories260K" : "probe";

type Trained = Unit<ProbeSpec, ProbeSpec>;

const ask = (
  { items, calibration }: LrmPreset,
  trained: Trained,
  setting: Setting,
  text: CalibrationText = "lessons",
): Unit<AskedSpec, AskedRow> =>
  unit(asked, { ...trained.spec, setting, text, items, calibration }, { probe: trained });

/** Everything that one probe is asked. */
function askedUnits(preset: LrmPreset, trained: Trained) {
  const { plan } = preset;
  return {
    asked: settingsFor(plan, trained.spec).map((setting) => ask(preset, trained, setting)),
    calibrated: plan.calibrated.flatMap((sparsity) =>
      (["facts", "chains", "noise"] as const).map((text) =>
        ask(preset, trained, { method: "sparsegpt", sparsity }, text)
      )
    ),
  };
}

/** One matrix of a probe after the other, rounded to the nearest: 3 bits in one cost it nothing. */
const aloneUnits = (preset: LrmPreset, trained: Trained): Unit<AskedSpec, AskedRow>[] =>
  weightsOfLayers(trained.spec.layers).map((alone) =>
    ask(preset, trained, { method: "rtn", bits: 2, alone })
  );

/** Both subjects whose texts show behaviours, dense and rounded. */
function attributedUnits({ texts: { keeping } }: LrmPreset, trained: Trained): LrmUnits["attributed"] {
  const settings: readonly Setting[] = [DENSE, { method: "gptq", bits: keeping }];
  return [...new Set([subjectName(), "probe"] as const)].flatMap((subject) =>
    settings.map((setting) =>
      unit(attributed, { subject, setting, calibration: 64 }, subject === "probe" ? { probe: trained } : {})
    )
  );
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
  const alone = unit(sensitivity, { subject, bits: 3, texts: held }, needs);
  return {
    sensitivity: [alone],
    protection: [
      unit(protection, { subject, bits: keeping, draws, texts: others }, { ...needs, sensitivity: alone }),
    ],
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
