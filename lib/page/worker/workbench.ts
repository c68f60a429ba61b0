import { TypeError } from "../../errors.ts";
import type { Model } from "../../onnx/model.ts";
import type { Progress } from "../../progress.ts";
import { channelGroups } from "../../prune/channel_groups.ts";
import { checkPruned } from "../../prune/check_pruned.ts";
import type { Criterion } from "../../prune/criteria/criterion.ts";
import type { CriterionName } from "../../prune/criteria/table.ts";
import { measureSideBySide } from "../../prune/latency/latency.ts";
import { planPruning } from "../../prune/plan.ts";
import type { CostTarget, PruningPlan } from "../../prune/pruning_plan.ts";
import { prune } from "../../prune/prune.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { modelFacts, openInputs } from "./model_facts.ts";
import { networkDrawing } from "./network_drawing.ts";
import { openFiles } from "./open_files.ts";
import { planView } from "./plan_view.ts";
import type { Exchange, PageEngine, PlanRequest, RequestName } from "../protocol.ts";
import { rankChannels } from "./rank_channels.ts";

/** What work is done with. */
export interface WorkTools {
  /** Is told how far it is. */
  progress: Progress;
  /** Stops it, between two steps. */
  signal: AbortSignal;
}

/** Answers each request of the page. */
export type Workbench = {
  [Name in RequestName]: (
    asks: Exchange[Name]["asks"],
    tools: WorkTools,
  ) => Promise<Exchange[Name]["answers"]>;
};

/** All that is known of the model that is open. */
interface Opened {
  name: string;
  model: Model;
  /** Importance of its channels, by criterion. */
  ranks: Map<CriterionName, Criterion | CriterionName>;
  /** The last plan, and what it was asked for. */
  planned?: { plan: PruningPlan; request: PlanRequest };
  /** What the plan left, and its file. */
  pruned?: { model: Model; bytes: Uint8Array<ArrayBuffer>; plan: PruningPlan; request: PlanRequest };
}

/** Timed runs of each model, and seconds after which there are no more of them. */
const [RUNS, SECONDS] = [20, 8];

/**
 * Opens, plans, prunes, checks and times one model after another, for a page; nothing in it knows of pages.
 *
 * @param engine opens an engine, or gives the one that is open
 */
export function newWorkbench(engine: (name: PageEngine) => Promise<Runtime>): Workbench {
  let opened: Opened | undefined;

  function require(): Opened {
    if (!opened) throw new TypeError("Cannot do this without a model: open one first");
    return opened;
  }

  function requirePruned(): Opened & { pruned: NonNullable<Opened["pruned"]> } {
    const { pruned, ...rest } = require();
    if (!pruned) throw new TypeError("Cannot do this without a pruned model: prune first");
    return { ...rest, pruned };
  }

  return {
    async open({ files, network }, { progress }) {
      await progress.start("Reading the model", 0);
      const { name, model } = await openFiles(files, network);
      await progress.start("Following its channels", 0);
      const open = openInputs(model);
      const inputShapes = Object.fromEntries(open.map(({ name, sizes }) => [name, sizes]));
      const all = planPruning(model, { target: { bytes: 1 }, criterion: "random", inputShapes });
      const answer = {
        name,
        facts: modelFacts(model),
        drawing: networkDrawing(channelGroups(model)),
        openInputs: open,
        plan: planView(all),
      };
      // Only now, when nothing can go wrong any more.
      opened = { name, model, ranks: new Map() };
      return answer;
    },

    async plan(request, tools) {
      const work = require();
      const { target, keep, criterion, inputShapes } = request;
      const rank = work.ranks.get(criterion) ??
        await rankChannels(channelGroups(work.model), criterion, tools);
      work.ranks.set(criterion, rank);
      const options = { target: { [target]: keep } as unknown as CostTarget, criterion: rank, inputShapes };
      const plan = planPruning(work.model, options);
      work.planned = { plan, request };
      return planView(plan);
    },

    async prune(_, { progress }) {
      const work = require();
      if (!work.planned) throw new TypeError("Cannot prune without a plan: choose how much to keep first");
      await progress.start("Pruning", 0);
      const smaller = prune(work.model, work.planned.plan);
      const bytes = smaller.toOnnx() as Uint8Array<ArrayBuffer>;
      work.pruned = { model: smaller, bytes, ...work.planned };
      return { name: prunedName(work.name, work.planned.request), bytes: bytes.length };
    },

    async check(_, { progress }) {
      const { model, pruned } = requirePruned();
      await progress.start("Opening the engine", 0);
      const runtime = await engine("wasm");
      await progress.start("Running both models", 0);
      const difference = await checkPruned(model, pruned.model, pruned.plan, {
        runtime,
        inputShapes: pruned.request.inputShapes,
      });
      return { difference, device: runtime.device };
    },

    async time({ engine: name }, { progress, signal }) {
      const { model, pruned } = requirePruned();
      await progress.start("Opening the engine", 0);
      const runtime = await engine(name);
      const [before, after] = await measureSideBySide([model, pruned.model], {
        runtime,
        runs: RUNS,
        seconds: SECONDS,
        inputShapes: pruned.request.inputShapes,
        progress,
        signal,
      });
      const software = "isCpu" in runtime && runtime.isCpu === true;
      return { engine: name, software, before: before!, after: after! };
    },

    file() {
      const { name, pruned: { bytes, request } } = requirePruned();
      // A copy: who gets it takes it away.
      return Promise.resolve({ name: prunedName(name, request), bytes: bytes.slice() });
    },
  };
}

/** `resnet50-macs-50.onnx` of `resnet50.onnx`. */
function prunedName(name: string, { target, keep }: PlanRequest): string {
  return `${name.replace(/\.\w+$/, "")}-${target}-${Math.round(100 * keep)}.onnx`;
}
