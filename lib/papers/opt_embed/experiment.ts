import { withoutUndefined } from "../../options.ts";
import { decodeModel } from "../../onnx/codec/decode.ts";
import { type Kind, type Unit, unit, type WorkContext } from "../../experiment/unit.ts";
import type { SyntheticLog } from "../../ctr/synthetic_log.ts";
import type { Workplace } from "../../ctr/train_ctr.ts";
import { type ControlRow, type ControlSpec, runControl } from "./controls.ts";
import { type DataSpec, logOf } from "./data.ts";
import { type EasyRow, searchEasyScore } from "./easy_score.ts";
import { type LatencyRow, measureRequests } from "./latency.ts";
import { type MethodName, NEEDS_SIZE } from "./methods.ts";
import { type OptEmbedPreset, runsOf } from "./presets.ts";
import { millionsOf, REAL_LOGS, realLog, type RealRow, type RealSpec, runReal } from "./real_logs.ts";
import { type RecencyRow, type RecencySpec, runRecency } from "./recency.ts";
import { type BaseSpec, runMethod, type RunRow, type RunSpec } from "./run.ts";
import { runSearches, type SearchRow, type SearchSpec } from "./searches.ts";

const module = import.meta.url;

/** Seconds of a processor core for a million vectors looked up, forwards and backwards. */
const PER_MILLION = 0.35;

const seconds = ({ data, features, hidden }: BaseSpec, epochs: number) =>
  PER_MILLION * epochs * data.rows[0] / 1e5 * (features / 8) * (1 + 2 * hidden.length);

function logFor(
  { shared }: Pick<WorkContext, "shared">,
  { data, seed }: { data: DataSpec; seed: number },
): Promise<SyntheticLog> {
  return shared(`click log ${JSON.stringify(data)} ${seed}`, () => Promise.resolve(logOf(data, seed)));
}

async function placeOf({ runtime, progress, scratch }: WorkContext): Promise<Workplace> {
  return { runtime: await runtime(), progress, folder: await scratch() };
}

const runs: Kind<RunSpec, RunRow> = {
  name: "opt_embed/run",
  version: 2,
  module,
  label: ({ method, network, seed }) => `${method}, ${network}, seed ${seed}`,
  seconds: (spec) =>
    seconds(spec, spec.training.epochs + (/Opt/.test(spec.method) ? 2 * spec.supernet.epochs : 0)),
  async work(spec, context) {
    const needed = NEEDS_SIZE.has(spec.method) ? await context.need<RunRow>("OptEmbed") : undefined;
    const kept = needed?.rows[0];
    const log = await logFor(context, spec);
    const { row, compact, supernet } = await runMethod(spec, log, await placeOf(context), kept);
    return {
      rows: [row],
      products: withoutUndefined({
        "compact.onnx": compact.toOnnx(),
        "supernet.onnx": supernet?.toOnnx(),
      }),
    };
  },
};

const controls: Kind<ControlSpec, ControlRow> = {
  name: "opt_embed/control",
  version: 2,
  module,
  label: ({ control, seed }) => `supernet, ${control}, seed ${seed}`,
  seconds: (spec) => seconds(spec, spec.supernet.epochs),
  work: async (spec, context) => ({
    rows: [await runControl(spec, await logFor(context, spec), await placeOf(context))],
  }),
};

const recency: Kind<RecencySpec, RecencyRow> = {
  name: "opt_embed/recency",
  version: 1,
  module,
  label: ({ decays, seed }) => `rows withheld, ${decays ? "with" : "without"} L2, seed ${seed}`,
  seconds: (spec) => seconds(spec, spec.epochs),
  async work(spec, context) {
    const supernet = decodeModel(await (await context.need("OptEmbed")).product("supernet.onnx"));
    const log = await logFor(context, spec);
    return { rows: await runRecency(spec, { log, supernet }, await placeOf(context)) };
  },
};

const searches: Kind<SearchSpec, SearchRow> = {
  name: "opt_embed/searches",
  version: 1,
  module,
  label: ({ seed }) => `searches, seed ${seed}`,
  seconds: (spec) => 3 * spec.supernet.generations * 20 * spec.data.rows[1] / 2e6,
  async work(spec, context) {
    const supernet = decodeModel(await (await context.need("OptEmbed")).product("supernet.onnx"));
    const log = await logFor(context, spec);
    return { rows: await runSearches(spec, { log, supernet }, await placeOf(context)) };
  },
};

const easy: Kind<{ runs: number }, EasyRow> = {
  name: "opt_embed/easy-score",
  version: 1,
  module,
  label: ({ runs }) => `${runs} searches on an easy score`,
  seconds: ({ runs }) => 0.06 * runs,
  work: async (spec) => ({ rows: await searchEasyScore(spec) }),
};

/** Settings of a timing. */
interface Timing {
  readonly methods: readonly MethodName[];
  readonly runs: number;
  readonly sizes: readonly number[];
}

const latencies: Kind<Timing, LatencyRow> = {
  name: "opt_embed/latencies",
  version: 2,
  module,
  timing: true,
  label: () => "latencies of a thousand requests",
  seconds: ({ methods, runs }) => 0.02 * methods.length * runs,
  async work({ methods, runs, sizes }, { need, runtime }) {
    const models = await Promise.all(methods.map(async (method) => ({
      method,
      model: decodeModel(await (await need(method)).product("compact.onnx")),
    })));
    return { rows: await measureRequests(models, { sizes, runs, runtime: await runtime() }) };
  },
};

const real: Kind<RealSpec, RealRow> = {
  name: "opt_embed/real",
  version: 1,
  module,
  data: ({ log }) => [REAL_LOGS[log].folder],
  label: ({ log, method, network, seed }) => `${log}: ${method}, ${network}, seed ${seed}`,
  seconds: ({ log, method, features, hidden, training, supernet }) =>
    PER_MILLION * millionsOf(log) * (features / 8) * (1 + 2 * hidden.length) *
    (training.epochs + (/Opt/.test(method) ? 2 * supernet.epochs : 0)),
  async work(spec, context) {
    const needed = NEEDS_SIZE.has(spec.method) ? await context.need<RealRow>("OptEmbed") : undefined;
    const log = await context.shared(`${spec.log} ${spec.seed}`, () => realLog(spec.log, spec.seed));
    return {
      rows: [await runReal(spec, log, await placeOf(context), needed?.rows[0])],
    };
  },
};

/** All kinds of the experiment. */
export const kinds: readonly Kind[] = [runs, real, controls, recency, searches, easy, latencies];

/** Everything that the notebook computes. */
export interface OptEmbedUnits {
  /** Runs on logs of the world. */
  readonly real: readonly Unit<RealSpec, RealRow>[];
  /** All runs of the contest. */
  readonly runs: readonly Unit<RunSpec, RunRow>[];
  /** The run by OptEmbed, one of them, that the notebook looks at closely. */
  readonly example: Unit<RunSpec, RunRow>;
  /** Supernets with one thing changed. */
  readonly controls: readonly Unit<ControlSpec, ControlRow>[];
  /** Supernets that do not see some rows any more. */
  readonly recency: readonly Unit<RecencySpec, RecencyRow>[];
  /** Searches on each supernet. */
  readonly searches: readonly Unit<SearchSpec, SearchRow>[];
  /** Searches on a score that is easy to climb. */
  readonly easy: Unit<unknown, EasyRow>;
  /** Times of the models of the first seed. */
  readonly latencies: Unit<unknown, LatencyRow>;
  /** All of them. */
  readonly all: readonly Unit[];
}

/** The units of a preset. */
export function unitsOf(preset: OptEmbedPreset, { seed }: { seed: number }): OptEmbedUnits {
  const { base, contests, supernets: searched } = preset;
  const made: Unit<RunSpec, RunRow>[] = [];
  const runOf = (method: MethodName, seed: number) =>
    made.find(({ spec }) => spec.method === method && spec.seed === seed)!;
  // OptEmbed first: others are told how many rows it kept.
  const specs = runsOf(preset, { seed }).toSorted((a, b) =>
    Number(NEEDS_SIZE.has(a.method)) - Number(NEEDS_SIZE.has(b.method))
  );
  for (const spec of specs) {
    const needs: Record<string, Unit> = NEEDS_SIZE.has(spec.method)
      ? { OptEmbed: runOf("OptEmbed", spec.seed) }
      : {};
    made.push(unit(runs, spec, needs));
  }
  const supernets = searched.map((each) => ({ seed: seed + each, OptEmbed: runOf("OptEmbed", seed + each) }));
  const units = {
    real: realUnits(preset, seed),
    controls: preset.controls.flatMap(({ control, seeds: count }) =>
      searched.slice(0, count).map((each) => unit(controls, { ...base, control, seed: seed + each }))
    ),
    recency: supernets.flatMap(({ seed, OptEmbed }) =>
      [true, false].map((decays) =>
        unit(recency, { ...base, decays, epochs: preset.recencyEpochs, seed }, { OptEmbed })
      )
    ),
    searches: supernets.map(({ seed, OptEmbed }) => unit(searches, { ...base, seed }, { OptEmbed })),
    easy: unit(easy, { runs: preset.easyRuns }),
  };
  const [{ methods, seeds: [first] }] = contests as [OptEmbedPreset["contests"][number]];
  const timed = methods.map((method) => [method, runOf(method, seed + first!)] as const);
  const sizes = logSizes(base.data);
  const times = unit(latencies, { methods, runs: preset.latencyRuns, sizes }, Object.fromEntries(timed));
  return {
    runs: made,
    example: runOf("OptEmbed", seed + first!),
    ...units,
    latencies: times,
    all: [...made, ...units.real, ...units.searches, ...units.recency, ...units.controls, units.easy, times],
  };
}

/** Seeds outermost; OptEmbed before those that are told how many rows it kept. */
function realUnits({ real: contests }: OptEmbedPreset, seed: number): Unit<RealSpec, RealRow>[] {
  return contests.flatMap(({ methods, seeds, ...spec }) =>
    seeds.flatMap((each) => {
      const made = new Map<MethodName, Unit<RealSpec, RealRow>>();
      const order = methods.toSorted((a, b) => Number(NEEDS_SIZE.has(a)) - Number(NEEDS_SIZE.has(b)));
      for (const method of order) {
        const needs: Record<string, Unit> = NEEDS_SIZE.has(method) ? { OptEmbed: made.get("OptEmbed")! } : {};
        made.set(method, unit(real, { ...spec, method, seed: seed + each }, needs));
      }
      return [...made.values()];
    })
  );
}

/** How many ids each field of a log has. */
function logSizes(data: DataSpec): number[] {
  return logOf({ ...data, rows: [1, 1, 1] }, 0).fields.map(({ size }) => size);
}
