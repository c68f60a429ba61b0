import { allTopologies, type Topology } from "../../agents/topology.ts";
import {
  decodeScoreTable,
  encodeScoreTable,
  type ScoreTable,
  teamPlaces,
} from "../../agents/simulation/score_table.ts";
import {
  MAIN_TASKS,
  SIMULATED_TASKS,
  SIMULATED_WORLD,
  type SimulatedTaskName,
} from "../../agents/simulation/world.ts";
import { type Kind, type Unit, unit, type WorkContext } from "../../experiment/unit.ts";
import { type BestRow, enumerate } from "./enumeration.ts";
import type { AgpPreset } from "./presets.ts";
import { type FoundTeams, stageOne, type StageOneRow, type StageOneSpec } from "./stage_one.ts";
import { type BestTeams, stageTwo, type StageTwoRow, type StageTwoSpec } from "./stage_two.ts";

const module = import.meta.url;

const enumeration: Kind<{ task: SimulatedTaskName }, BestRow> = {
  name: "agp/enumerate",
  version: 1,
  module,
  label: ({ task }) => `all teams of five for questions of type ${task}`,
  seconds: ({ task }) => SIMULATED_TASKS[task].steps.length,
  work({ task }) {
    const { rows, table } = enumerate(task);
    return Promise.resolve({ rows, products: { "scores.safetensors": encodeScoreTable(table) } });
  },
};

/** What the first stage needs of all teams, kept for all units of a worker. */
interface Tables {
  topologies: Topology[];
  place: (topology: Topology) => number;
  tables: Record<string, ScoreTable>;
}

function tablesOf({ need, shared }: WorkContext): Promise<Tables> {
  return shared("agp tables", async () => {
    const size = SIMULATED_WORLD.agents.length;
    const tables: Record<string, ScoreTable> = {};
    for (const task of MAIN_TASKS) tables[task] = decodeScoreTable(await (await need(task)).product());
    return { topologies: allTopologies(size), place: teamPlaces(size), tables };
  });
}

const collection: Kind<StageOneSpec, StageOneRow> = {
  name: "agp/collect",
  version: 1,
  module,
  label: ({ strategy, graphs, repeats, seed }) =>
    `first stage (${strategy}), ${graphs} teams × ${repeats} runs, seed ${seed}`,
  seconds: ({ perType, graphs, repeats, strategy }) =>
    strategy === "success" ? 1 : 1 + perType * graphs * (40 + 2 * repeats) * 1e-6,
  async work(spec, context) {
    const { topologies, place, tables } = await tablesOf(context);
    const { row, found, trials } = await stageOne(spec, tables, place, topologies);
    const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    return {
      rows: [row],
      products: {
        "found.json": json(found),
        "trials.bin": new Uint8Array(Int32Array.from(trials.flat()).buffer),
      },
    };
  },
};

/** Questions of each type in training where labels are the best teams themselves. */
const PER_TYPE = 40;

const training: Kind<StageTwoSpec, StageTwoRow> = {
  name: "agp/train",
  version: 1,
  module,
  label: ({ network, labels, embeddings, order, tokenPrice, seed }) =>
    [
      `${network} network on labels: ${labels}`,
      ...embeddings === "constant" ? ["one question for all"] : [],
      ...order ? [`order ${order.join("")}`] : [],
      ...tokenPrice === undefined ? [] : [`${tokenPrice} per 1000 tokens`],
      `seed ${seed}`,
    ].join(", "),
  seconds: ({ steps }) => 1 + steps * 0.003,
  async work(spec, { need, runtime, progress }) {
    const price = spec.tokenPrice ?? SIMULATED_WORLD.tokenPrice;
    const best: Record<string, BestTeams[string]> = {};
    for (const task of MAIN_TASKS) {
      const rows = (await need(task)).rows as BestRow[];
      best[task] = rows.find(({ tokenPrice }) => tokenPrice === price)!;
    }
    const found: FoundTeams[] = spec.labels === "exact" || spec.labels === "shuffled"
      ? MAIN_TASKS.flatMap((task) =>
        Array.from({ length: PER_TYPE }, () => ({ task, teams: [best[task]!.team] }))
      )
      : JSON.parse(new TextDecoder().decode(await (await need("labels")).product("found.json")));
    const { rows, model } = await stageTwo(spec, { found, best, runtime: await runtime(), progress });
    return { rows, products: { "network.onnx": model.toOnnx() } };
  },
};

/** All kinds of the experiment. */
export const kinds: readonly Kind[] = [enumeration, collection, training];

/** Everything that the notebook computes. */
export interface AgpUnits {
  /** All teams of five, by type of questions. */
  readonly enumerations: readonly Unit<{ task: SimulatedTaskName }, BestRow>[];
  /** First stages. */
  readonly collections: readonly Unit<StageOneSpec, StageOneRow>[];
  /** Second stages. */
  readonly trainings: readonly Unit<StageTwoSpec, StageTwoRow>[];
  /** All of them. */
  readonly all: readonly Unit[];
}

/** Steps and rates of the two networks. */
const RECIPES = { released: { steps: 600, rate: 0.01 }, directed: { steps: 600, rate: 0.005 } } as const;

/** The units of a preset. */
export function unitsOf(preset: AgpPreset, { seed }: { seed: number }): AgpUnits {
  const names = Object.keys(SIMULATED_TASKS) as SimulatedTaskName[];
  const enumerations = names.map((task) => unit(enumeration, { task }));
  const needs = Object.fromEntries(
    enumerations.filter(({ spec }) => MAIN_TASKS.includes(spec.task)).map((one) => [one.spec.task, one]),
  );
  const seeds = [seed, ...preset.seeds];
  const collect = (spec: StageOneSpec) => unit(collection, spec, needs);
  const train = (spec: Omit<StageTwoSpec, "steps" | "rate">, labels?: Unit) =>
    unit(training, { ...spec, ...RECIPES[spec.network] }, { ...needs, ...labels && { labels } });

  const collections = seeds.flatMap((seed) =>
    preset.collections.map(({ graphs, repeats, strategy }) =>
      collect({ seed, perType: preset.perType, graphs, repeats, strategy })
    )
  );
  const found = (seed: number, strategy: StageOneSpec["strategy"]) =>
    collections.findLast(({ spec }) => spec.seed === seed && spec.strategy === strategy);
  const trainings = seeds.flatMap((seed) => {
    const first = found(seed, "paper")!;
    const halving = found(seed, "halving")!;
    const success = found(seed, "success")!;
    return [
      train({ seed, network: "directed", labels: "exact" }),
      train({ seed, network: "directed", labels: "first stage" }, first),
      train({ seed, network: "directed", labels: "first stage, halving" }, halving),
      train({ seed, network: "directed", labels: "first success" }, success),
      train({ seed, network: "directed", labels: "shuffled" }),
      train({ seed, network: "directed", labels: "exact", embeddings: "constant" }),
      train({ seed, network: "directed", labels: "exact", tokenPrice: 0 }),
      ...preset.orders.map((order) => train({ seed, network: "directed", labels: "exact", order })),
      train({ seed, network: "released", labels: "exact" }),
      train({ seed, network: "released", labels: "first stage" }, first),
      train({ seed, network: "released", labels: "first success" }, success),
      ...preset.orders.map((order) => train({ seed, network: "released", labels: "exact", order })),
    ];
  });
  return { enumerations, collections, trainings, all: [...enumerations, ...collections, ...trainings] };
}
