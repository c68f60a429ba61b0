import { type Kind, type Unit, unit } from "../../experiment/unit.ts";
import { loadModel } from "../../io/load_model.ts";
import type { ElementId } from "../../transformer/mod.ts";
import { RULES } from "./rules.ts";
import { type HarmedRow, plant, PLANTS, type Training, trainWithout } from "./planted.ts";
import type { AxPreset, RealPreset } from "./presets.ts";
import { dataOf, type RealRow, type RealSpec, tune, type TunedSpec, wayOn } from "./real.ts";
import { PASSES, WAYS } from "./ways.ts";
import { searchAndTest, type SearchRow, type SearchSpec } from "./search_and_test.ts";
import { hasWords, searchWords, type WordsRow, type WordsSpec } from "./words.ts";
import { measureSpeed, type SpeedRow, type SpeedSpec } from "./speed.ts";

const module = import.meta.url;

const encoder: Kind<Training, never> = {
  name: "axformer/encoder",
  version: 1,
  module,
  label: ({ seed }) => `training the small encoder, seed ${seed}`,
  seconds: ({ examples, epochs }) => 0.0004 * examples * epochs,
  async work(spec, { runtime, progress }) {
    const model = await trainWithout(spec, { runtime: await runtime(), progress });
    return { rows: [], products: { "network.onnx": model.toOnnx() } };
  },
};

/** Where harm is planted. */
export interface PlantSpec extends Training {
  /** One element, with the other plants removed; or all of them. */
  plant: ElementId | "all";
}

const harm: Kind<PlantSpec, HarmedRow> = {
  name: "axformer/harm",
  version: 2,
  module,
  label: ({ plant, seed }) => `harm in ${plant}, seed ${seed}`,
  seconds: () => 1,
  async work({ plant: where, ...training }, { runtime, need }) {
    const whole = await loadModel(await (await need("encoder")).product());
    const { model, ...row } = await plant(whole, where, { training, runtime: await runtime() });
    return { rows: [row], products: { "network.onnx": model.toOnnx() } };
  },
};

const search: Kind<SearchSpec, SearchRow> = {
  name: "axformer/search",
  version: 1,
  module,
  label: ({ plant, seed, rule }) => `${RULES[rule].label}: harm in ${plant}, seed ${seed}`,
  seconds: ({ rule }) => rule === "better" || rule === "restore" ? 4 : 1.5,
  async work(spec, { runtime, need }) {
    const harmed = await need<HarmedRow>("harmed");
    const model = await loadModel(await harmed.product());
    const row = harmed.rows[0]!;
    return { rows: [await searchAndTest(spec, { model, harmed: row, runtime: await runtime() })] };
  },
};

const speed: Kind<SpeedSpec, SpeedRow> = {
  name: "axformer/speed",
  version: 2,
  module,
  timing: true,
  label: ({ hidden, layers }) => `latencies of an encoder of ${layers} layers of ${hidden}`,
  seconds: ({ runs, points }) => 0.4 * runs * points.length,
  work: async (spec, { runtime }) => ({ rows: await measureSpeed(spec, await runtime()) }),
};

const words: Kind<WordsSpec, WordsRow> = {
  name: "axformer/words",
  version: 1,
  module,
  data: () => ["sst2"],
  label: ({ seed }) => `an encoder of words on SST-2, harmed and searched, seed ${seed}`,
  seconds: ({ train, epochs }) => 10 + 0.001 * train * epochs,
  work: async (spec, { runtime, progress }) => ({
    rows: await searchWords(spec, { runtime: await runtime(), progress }),
  }),
};

const tuned: Kind<TunedSpec, never> = {
  name: "axformer/fine-tuned",
  version: 1,
  module,
  data: dataOf,
  label: ({ encoder, task, seed }) => `fine-tuning ${encoder} on ${task}, seed ${seed}`,
  seconds: ({ train, epochs }) => 0.04 * train * epochs,
  async work(spec, { runtime, progress, scratch }) {
    const model = await tune(spec, { runtime: await runtime(), progress, checkpoints: await scratch() });
    return { rows: [], products: { "network.onnx": model.toOnnx() } };
  },
};

const real: Kind<RealSpec, RealRow> = {
  name: "axformer/real",
  version: 1,
  module,
  data: dataOf,
  label: ({ way, task, seed }) => `${WAYS[way]}: ${task}, seed ${seed}`,
  seconds: ({ way, validation }) => 20 + 0.014 * validation * PASSES[way],
  async work(spec, { runtime, need, progress, scratch }) {
    const model = await loadModel(await (await need("tuned")).product());
    const context = { runtime: await runtime(), progress, checkpoints: await scratch() };
    return { rows: [await wayOn(model, spec, context)] };
  },
};

/** All kinds of the experiment. */
export const kinds: readonly Kind[] = [
  encoder,
  harm,
  search,
  speed,
  words,
  tuned,
  real,
];

/** Everything that the notebook computes. */
export interface AxUnits {
  /** Searches on planted harm. */
  readonly searches: readonly Unit<SearchSpec, SearchRow>[];
  /** The harmed networks that they search, by seed and plant. */
  readonly harmed: readonly Unit<PlantSpec, HarmedRow>[];
  /** Latencies. */
  readonly speed: Unit<SpeedSpec, SpeedRow>;
  /** The encoder of words; none where SST-2 is not there. */
  readonly words: readonly Unit<WordsSpec, WordsRow>[];
  /** Ways on a real encoder; none in the quick preset. */
  readonly real: readonly Unit<RealSpec, RealRow>[];
  /** All of them. */
  readonly all: readonly Unit[];
}

/** The units of a preset; seeds count from the notebook's. */
export function unitsOf(preset: AxPreset, { seed: first }: { seed: number }): AxUnits {
  const { seeds, training, rules, togetherRules, speed: timing } = preset;
  const harmed: Unit<PlantSpec, HarmedRow>[] = [];
  const searches: Unit<SearchSpec, SearchRow>[] = [];
  for (const seed of seeds.map((seed) => first + seed)) {
    const own = { ...training, seed };
    const trained = unit(encoder, own);
    for (const plant of [...PLANTS, "all"] as const) {
      const network = unit(harm, { ...own, plant }, { encoder: trained });
      harmed.push(network);
      for (const rule of plant === "all" ? togetherRules : rules) {
        searches.push(unit(search, { ...own, plant, rule }, { harmed: network }));
      }
    }
  }
  const timed = unit(speed, timing);
  const onWords = hasWords() ? [unit(words, { ...preset.words, seed: first })] : [];
  const ways = preset.real.flatMap((each) => realUnits(each, first));
  const all = [...harmed, ...searches, timed, ...onWords, ...ways];
  return { searches, harmed, speed: timed, words: onWords, real: ways, all };
}

function realUnits(
  { tasks, seeds, ways, keep, searchBatch, ...own }: RealPreset,
  first: number,
): AxUnits["real"] {
  return tasks.flatMap((task) =>
    seeds.flatMap((seed) => {
      const spec = { ...own, task, seed: first + seed };
      const needs = { tuned: unit(tuned, spec) };
      return ways.map((way) => unit(real, { ...spec, way, keep, searchBatch }, needs));
    })
  );
}
