import { withoutUndefined } from "../../options.ts";
import { parseShape } from "../../files/schema.ts";
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
import { type BaselineRow, baselines } from "./baselines.ts";
import { askInAllWays, type ChatRow } from "./chats/ask.ts";
import { questionFolders } from "./chats/benches.ts";
import type { ChatSpec } from "./chats/spec.ts";
import {
  checkParity,
  type CorpusRow,
  countCorpus,
  type ParityRow,
  retrain,
  type RetrainRow,
  type RetrainSpec,
  textEmbeddings,
} from "./corpora.ts";
import { DOMAIN_NAMES, type DomainName, DOMAINS } from "./domains.ts";
import { type Change, changed, type ChangeRow } from "./changes.ts";
import { nineAgents, type NineRow } from "./nine_agents.ts";
import { priceOf, type PriceRow, type PriceSpec } from "./price.ts";
import { agpFolder, hasReferences } from "./files.ts";
import { policyGradient, type PolicyRow, type PolicySpec } from "./policy_gradient.ts";
import { type BestRow, enumerate } from "./enumeration.ts";
import type { AgpPreset } from "./presets.ts";
import { FOUND_TEAMS, type FoundTeams, stageOne, type StageOneRow, type StageOneSpec } from "./stage_one.ts";
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

/** Tables of all teams for the first stage, kept for all units of a worker. */
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

/** The best team of each main type, and its utility, at a price. */
async function bestOf({ need }: WorkContext, price: number): Promise<BestTeams> {
  const best: Record<string, BestTeams[string]> = {};
  for (const task of MAIN_TASKS) {
    const { rows } = await need<BestRow>(task);
    best[task] = rows.find(({ tokenPrice }) => tokenPrice === price)!;
  }
  return best;
}

/** Questions of each type in training where labels are the best teams themselves. */
const PER_TYPE = 40;

const training: Kind<StageTwoSpec, StageTwoRow> = {
  name: "agp/train",
  version: 2,
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
  async work(spec, context) {
    const { need, runtime, progress } = context;
    const price = spec.tokenPrice ?? SIMULATED_WORLD.tokenPrice;
    const best = await bestOf(context, price);
    const found: FoundTeams[] = spec.labels === "exact" || spec.labels === "shuffled"
      ? MAIN_TASKS.flatMap((task) =>
        Array.from({ length: PER_TYPE }, () => ({ task, teams: [best[task]!.team] }))
      )
      : parseShape<FoundTeams[]>(
        new TextDecoder().decode(await (await need("labels")).product("found.json")),
        FOUND_TEAMS,
        "read the teams that were found",
      );
    const { rows, model } = await stageTwo(spec, { found, best, runtime: await runtime(), progress });
    return { rows, products: { "network.onnx": model.toOnnx() } };
  },
};

const comparison: Kind<Record<string, never>, BaselineRow> = {
  name: "agp/baselines",
  version: 1,
  module,
  label: () => "what the learned teams are compared with",
  seconds: () => 2,
  async work(_, context) {
    const { topologies, tables } = await tablesOf(context);
    return { rows: baselines(tables, topologies) };
  },
};

const policy: Kind<PolicySpec, PolicyRow> = {
  name: "agp/policy-gradient",
  version: 1,
  module,
  label: ({ seed }) => `links by policy gradient, seed ${seed}`,
  seconds: ({ steps }) => 0.02 * steps,
  async work(spec, context) {
    const best = await bestOf(context, SIMULATED_WORLD.tokenPrice);
    const { row, model } = await policyGradient(spec, best, await context.runtime());
    return { rows: [row], products: { "network.onnx": model.toOnnx() } };
  },
};

const change: Kind<Change, ChangeRow> = {
  name: "agp/change",
  version: 1,
  module,
  label: ({ what, amount }) => `${what} ${amount}`,
  seconds: () => 0.5,
  work: (spec) => Promise.resolve({ rows: changed(spec) }),
};

const nine: Kind<Parameters<typeof nineAgents>[0], NineRow> = {
  name: "agp/nine-agents",
  version: 1,
  module,
  label: ({ sampled }) => `${sampled} teams of nine agents, simulated`,
  seconds: ({ sampled, questions }) => sampled * questions * 4e-6,
  work: (spec) => Promise.resolve({ rows: nineAgents(spec) }),
};

const price: Kind<PriceSpec, PriceRow> = {
  name: "agp/price",
  version: 1,
  module,
  label: ({ task }) => `the cheapest team that is good enough, ${task}`,
  seconds: ({ questions }) => questions * 5e-4,
  work: async ({ task, ...settings }) => ({ rows: [await priceOf(task, settings)] }),
};

const counting: Kind<{ domain: DomainName }, CorpusRow> = {
  name: "agp/corpus",
  version: 1,
  module,
  data: () => ["agp"],
  label: ({ domain }) => `counts of the ${DOMAINS[domain].label} corpus`,
  seconds: () => 0.1,
  work: async ({ domain }) => ({ rows: [await countCorpus(domain)] }),
};

const parity: Kind<{ domain: DomainName }, ParityRow> = {
  name: "agp/parity",
  version: 1,
  module,
  data: () => ["agp", "agp-minilm"],
  label: ({ domain }) => `the released ${DOMAINS[domain].label} network against its reference`,
  seconds: () => 1,
  work: async ({ domain }, { runtime }) => ({ rows: [await checkParity(domain, await runtime())] }),
};

const retraining: Kind<RetrainSpec, RetrainRow> = {
  name: "agp/retrain",
  version: 1,
  module,
  data: ({ embeddings }) => embeddings === "MiniLM" ? ["agp", "agp-minilm"] : ["agp"],
  label: ({ domain, steps, rate, seed }) =>
    `the released network on the ${DOMAINS[domain].label} corpus, ${steps} steps at ${rate}, seed ${seed}`,
  seconds: ({ steps }) => 0.5 + 0.02 * steps,
  async work(spec, { runtime }) {
    const { row, model } = await retrain(spec, await runtime());
    return { rows: [row], products: { "network.onnx": model.toOnnx() } };
  },
};

/** Seconds of a question in all ways, of models on two processor cores. */
const MODEL_SECONDS: Readonly<Record<string, number>> = { stories260K: 5, "smollm2-135m-instruct": 250 };

/** Runs alone, on this machine: how long answers take is measured, and keys to servers are here. */
const chats: Kind<ChatSpec, ChatRow> = {
  name: "agp/chats",
  version: 2,
  module,
  timing: true,
  data: ({ benchmarks }) => questionFolders(benchmarks),
  label: ({ source, benchmarks }) => `${source.model} in all ways, ${benchmarks.join(", ")}`,
  seconds: ({ source, benchmarks, questions }) =>
    source.from === "recording" ? 2 : (MODEL_SECONDS[source.model] ?? 50) * benchmarks.length * questions,
  async work(spec, { runtime, progress }) {
    const { rows, transcripts } = await askInAllWays(spec, { runtime, progress });
    return {
      rows,
      products: { "transcripts.json": new TextEncoder().encode(JSON.stringify(transcripts)) },
    };
  },
};

/** All kinds of the experiment. */
export const kinds: readonly Kind[] = [
  chats,
  enumeration,
  collection,
  training,
  comparison,
  policy,
  change,
  nine,
  price,
  counting,
  parity,
  retraining,
];

/** Everything that the notebook computes. */
export interface AgpUnits {
  /** All teams of five, by type of questions. */
  readonly enumerations: readonly Unit<{ task: SimulatedTaskName }, BestRow>[];
  /** First stages. */
  readonly collections: readonly Unit<StageOneSpec, StageOneRow>[];
  /** Second stages. */
  readonly trainings: readonly Unit<StageTwoSpec, StageTwoRow>[];
  /** Unit of the teams that the learned ones are compared with. */
  readonly baselines: Unit<unknown, BaselineRow>;
  /** Links by policy gradient. */
  readonly policies: readonly Unit<PolicySpec, PolicyRow>[];
  /** Units of the effects of changes of the world on the best teams. */
  readonly changes: readonly Unit<Change, ChangeRow>[];
  /** Teams of nine. */
  readonly nine: Unit<unknown, NineRow>;
  /** The cheapest teams that are good enough, by type. */
  readonly prices: readonly Unit<unknown, PriceRow>[];
  /** The released corpora, counted; none where they are not on this machine. */
  readonly corpora: readonly Unit<unknown, CorpusRow>[];
  /** The released networks against their references; none where either is not on this machine. */
  readonly parity: readonly Unit<unknown, ParityRow>[];
  /** The released networks trained anew on the released corpora; none where those are not here. */
  readonly retrained: readonly Unit<RetrainSpec, RetrainRow>[];
  /** Answers of a language model; none where nobody is to be asked. */
  readonly chats: readonly Unit<ChatSpec, ChatRow>[];
  /** All of them. */
  readonly all: readonly Unit[];
}

/** Steps and rates of the two networks. */
const RECIPES = { released: { steps: 600, rate: 0.01 }, directed: { steps: 600, rate: 0.005 } } as const;

/** The release trains its links with a rate of 0.1, at which they are settled by the first few outcomes. */
const POLICY = { steps: 150, batch: 32, rate: 0.01 };

/** Long enough to learn what the labels say, and as long as the release's README says. */
const RETRAINED = [{ steps: 60, rate: 0.01 }, { steps: 10, rate: 0.001 }];

/**
 * The units of a preset; its seeds count from the notebook's.
 *
 * @param chats what a language model is asked, as `planChats` has it; by default nothing
 */
export function unitsOf(
  preset: AgpPreset,
  { seed, chats: spec }: { seed: number; chats?: ChatSpec | undefined },
): AgpUnits {
  const names = Object.keys(SIMULATED_TASKS) as SimulatedTaskName[];
  const enumerations = names.map((task) => unit(enumeration, { task }));
  const needs = Object.fromEntries(
    enumerations.filter(({ spec }) => MAIN_TASKS.includes(spec.task)).map((one) => [one.spec.task, one]),
  );
  const seeds = [0, ...preset.seeds].map((each) => seed + each);
  const moreSeeds = preset.moreSeeds.map((each) => seed + each);
  const collect = (spec: StageOneSpec) => unit(collection, spec, needs);
  const train = (spec: Omit<StageTwoSpec, "steps" | "rate">, labels?: Unit) =>
    unit(training, { ...spec, ...RECIPES[spec.network] }, withoutUndefined({ ...needs, labels }));

  const labels = (strategy: StageOneSpec["strategy"]) =>
    preset.collections.findLast((one) => one.strategy === strategy)!;
  const collectFor = (seed: number, { graphs, repeats, strategy }: AgpPreset["collections"][number]) =>
    collect({ seed, perType: preset.perType, graphs, repeats, strategy });
  const collections = [
    ...seeds.flatMap((seed) => preset.collections.map((one) => collectFor(seed, one))),
    ...moreSeeds.flatMap((seed) => [labels("paper"), labels("halving")].map((one) => collectFor(seed, one))),
  ];
  const found = (seed: number, strategy: StageOneSpec["strategy"]) => collectFor(seed, labels(strategy));
  const trainings = seeds.concat(moreSeeds).flatMap((seed) => {
    const first = found(seed, "paper");
    const halving = found(seed, "halving");
    const success = found(seed, "success");
    const main = [
      train({ seed, network: "directed", labels: "first stage" }, first),
      train({ seed, network: "directed", labels: "first stage, halving" }, halving),
    ];
    if (moreSeeds.includes(seed)) return main;
    return [
      ...main,
      train({ seed, network: "directed", labels: "exact" }),
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
  const embeddings = textEmbeddings();
  const here = agpFolder("agp") ? DOMAIN_NAMES : [];
  const units = {
    enumerations,
    collections,
    trainings,
    baselines: unit(comparison, {}, needs),
    policies: seeds.map((seed) => unit(policy, { seed, ...POLICY }, needs)),
    changes: preset.changes.map((spec) => unit(change, spec)),
    nine: unit(nine, { seed, ...preset.nine }),
    prices: names.map((task) => unit(price, { task, seed, ...preset.price })),
    chats: spec ? [unit(chats, spec)] : [],
    corpora: here.map((domain) => unit(counting, { domain })),
    parity: embeddings === "MiniLM" && hasReferences() ? here.map((domain) => unit(parity, { domain })) : [],
    retrained: seeds.flatMap((seed) =>
      here.flatMap((domain) =>
        RETRAINED.map((recipe) => unit(retraining, { domain, seed, ...recipe, embeddings }))
      )
    ),
  };
  return { ...units, all: Object.values(units).flat() };
}
