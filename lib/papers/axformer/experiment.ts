import { type Kind, type Unit, unit } from "../../experiment/unit.ts";
import { loadModel } from "../../io/load_model.ts";
import type { ElementId } from "../../transformer/mod.ts";
import { CONTESTANTS } from "./contestants.ts";
import { type HarmedRow, plant, PLANTS, type Training, trainWithout } from "./planted.ts";
import type { AxPreset } from "./presets.ts";
import { searchAndTest, type SearchRow, type SearchSpec } from "./search_and_test.ts";
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
  version: 1,
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
  label: ({ plant, seed, rule }) => `${CONTESTANTS[rule].label}: harm in ${plant}, seed ${seed}`,
  seconds: ({ rule }) => rule === "better" || rule === "restore" ? 4 : 1.5,
  async work(spec, { runtime, need }) {
    const harmed = await need("harmed");
    const model = await loadModel(await harmed.product());
    const row = harmed.rows[0] as HarmedRow;
    return { rows: [await searchAndTest(spec, { model, harmed: row, runtime: await runtime() })] };
  },
};

const speed: Kind<SpeedSpec, SpeedRow> = {
  name: "axformer/speed",
  version: 1,
  module,
  timing: true,
  label: ({ hidden, layers }) => `latencies of an encoder of ${layers} layers of ${hidden}`,
  seconds: ({ runs, points }) => 0.4 * runs * points.length,
  work: async (spec, { runtime }) => ({ rows: await measureSpeed(spec, await runtime()) }),
};

/** All kinds of the experiment. */
export const kinds: readonly Kind[] = [encoder, harm, search, speed] as unknown as readonly Kind[];

/** Everything that the notebook computes. */
export interface AxUnits {
  /** Searches on planted harm. */
  readonly searches: readonly Unit<SearchSpec, SearchRow>[];
  /** The harmed networks that they search, by seed and plant. */
  readonly harmed: readonly Unit<PlantSpec, HarmedRow>[];
  /** Latencies. */
  readonly speed: Unit<SpeedSpec, SpeedRow>;
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
      const network = unit(harm, { ...own, plant }, { encoder: trained as Unit });
      harmed.push(network);
      for (const rule of plant === "all" ? togetherRules : rules) {
        searches.push(unit(search, { ...own, plant, rule }, { harmed: network as Unit }));
      }
    }
  }
  const timed = unit(speed, timing);
  return { searches, harmed, speed: timed, all: [...harmed, ...searches, timed] as unknown as Unit[] };
}
