import { type Kind, type Unit, unit } from "../../experiment/unit.ts";
import type { Needed, WorkContext } from "../../experiment/unit.ts";
import { loadModel } from "../../io/load_model.ts";
import { type AskedRow, type AskedSpec, askCompressed } from "./asked.ts";
import { measureTexts, type PerplexityRow, type PerplexitySpec } from "./perplexity.ts";
import { type LrmPreset, settingsFor } from "./presets.ts";
import { type ProbeSpec, trainProbe } from "./probe.ts";
import { measureSensitivity, type SensitivityRow, type SensitivitySpec } from "./sensitivity.ts";
import { labelOf } from "./setting.ts";
import {
  FILES,
  hasSmollm2,
  hasStories,
  probeSubject,
  smollm2Subject,
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
  label: ({ setting, hidden, seed }) => `${labelOf(setting)}: width ${hidden}, seed ${seed}, asked`,
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
      const trained = await need("probe");
      return probeSubject(await network(trained), trained.rows[0] as ProbeSpec);
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

/** All kinds of the experiment. */
export const kinds: readonly Kind[] = [probe, asked, perplexity, sensitivity] as unknown as readonly Kind[];

/** Everything that the notebook computes. */
export interface LrmUnits {
  /** The trained probes. */
  readonly probes: readonly Unit<ProbeSpec, ProbeSpec>[];
  /** Compressed probes, asked everything. */
  readonly asked: readonly Unit<AskedSpec, AskedRow>[];
  /** Compressed language models, measured on texts. */
  readonly texts: readonly Unit<PerplexitySpec, PerplexityRow>[];
  /** Matrices rounded alone. */
  readonly sensitivity: Unit<SensitivitySpec, SensitivityRow>;
  /** A real model on texts; none where it is not asked for, or not there. */
  readonly real: readonly Unit<PerplexitySpec, PerplexityRow>[];
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
  const askedUnits = probes.flatMap((trained) =>
    settingsFor(preset.plan, trained.spec).map((setting) =>
      unit(asked, {
        ...trained.spec,
        setting,
        items: preset.items,
        calibration: preset.calibration,
      }, { probe: trained as Unit })
    )
  );
  const subject = hasStories() ? "stories260K" : "probe";
  const needs = subject === "probe" ? { probe: probes[0]! as Unit } : {};
  const texts = preset.texts.settings.map((setting) =>
    unit(perplexity, { subject, setting, calibration: 64, texts: preset.texts.measured } as const, needs)
  );
  const alone = unit(sensitivity, { subject, bits: 3, texts: [0, 64] } as const, needs);
  const real = preset.real && hasSmollm2()
    ? preset.real.settings.map(({ setting, calibration }) =>
      unit(perplexity, {
        subject: "smollm2-135m" as const,
        setting,
        calibration,
        texts: [0, preset.real!.windows] as const,
      })
    )
    : [];
  const all = [...probes, ...askedUnits, ...texts, alone, ...real] as unknown as Unit[];
  return { probes, asked: askedUnits, texts, sensitivity: alone, real, subject, all };
}
