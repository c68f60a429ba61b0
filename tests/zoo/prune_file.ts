// Prunes one file to half of its MACs, in a process of its own: what it takes is what one model takes.
import process from "node:process";
import { countMacs, loadModel, mask, type Model, planPruning, prune, saveModel } from "../../mod.ts";
import type { PruningPlan } from "../../lib/prune/mod.ts";
import { peakMemory } from "../bench/peak_memory.ts";

/** What came of a file. */
export interface PrunedFile {
  /** Why nothing was written. */
  refused?: string;
  /** What failed after the plan. */
  broken?: string;
  /** As in `ZooResult`. */
  share?: number;
  /** As in `ZooResult`. */
  least?: number;
  /** Why it is not half. */
  why?: string;
  /** As in `ZooResult`. */
  blocks?: string;
  /** As in `ZooResult`. */
  stays?: string[];
  /** As in `ZooResult`. */
  first?: number;
  /** As in `ZooResult`. */
  seconds?: number;
  /** As in `ZooResult`. */
  memory?: number;
}

const TARGET = 0.5;
const SETTINGS = { criterion: "random", seed: 1, roundTo: 1 } as const;

/** That all threads of this process have had. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

interface Planned {
  plan: PruningPlan;
  why?: string | undefined;
  blocks?: string;
}

/**
 * A plan for half by channels, or where they do not suffice by channels and blocks, or else for the least that
 * is reachable and why no less is.
 */
function planHalf(model: Model): Planned {
  try {
    return { plan: planPruning(model, { ...SETTINGS, target: { macs: TARGET } }) };
  } catch (error) {
    const deeper = planWithBlocks(model);
    if (deeper) return deeper;
    const { before, reachable, protected: stay } = planPruning(model, { ...SETTINGS, target: { macs: 1 } });
    const least = reachable.macs / before.macs;
    if (least <= TARGET) throw error;
    const [largest] = stay.toSorted((a, b) => b.channels - a.channels);
    const why = largest &&
      `no less is reachable: ${largest.channels} channels of ${largest.name}: ${largest.why[0]}`;
    return { plan: planPruning(model, { ...SETTINGS, target: { macs: Math.min(1, least + 1e-9) } }), why };
  }
}

/** A plan for half that takes whole residual blocks as well, where there is one. */
function planWithBlocks(model: Model): Planned | undefined {
  try {
    const kinds = ["channels", "blocks"] as const;
    const plan = planPruning(model, { ...SETTINGS, kinds, target: { macs: TARGET } });
    const groups = plan.groups.filter(({ kind }) => kind === "blocks");
    const sum = (of: (group: (typeof groups)[number]) => number) => groups.reduce((n, one) => n + of(one), 0);
    return { plan, blocks: `${sum(({ removed }) => removed.length)} of ${sum(({ channels }) => channels)}` };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

async function pruneFile(file: string, pruned: string, masked: string): Promise<PrunedFile> {
  const before = Deno.memoryUsage().rss;
  let facts: PrunedFile = {};
  let model, planned, smaller;
  try {
    model = await loadModel(file);
    const started = processorSeconds();
    planned = planHalf(model);
    const { plan } = planned;
    facts = {
      share: plan.after.macs / plan.before.macs,
      least: plan.reachable.macs / plan.before.macs,
      stays: plan.protected.toSorted((a, b) => b.channels - a.channels).slice(0, 3)
        .map(({ channels, name, why }) => `${channels} channels of ${name}: ${why[0]}`),
      ...planned.why !== undefined && { why: planned.why },
      ...planned.blocks !== undefined && { blocks: planned.blocks },
    };
    if (plan.groups.every(({ removed }) => removed.length === 0)) {
      return { ...facts, refused: planned.why ?? "nothing may leave" };
    }
    try {
      smaller = prune(model, plan);
    } catch (error) {
      return { ...facts, broken: (error as Error).message };
    }
    facts.first = processorSeconds() - started;
    const memory = peakMemory() - before;
    if (Number.isFinite(memory)) facts.memory = memory;
    const again = processorSeconds();
    prune(model, planHalf(model).plan);
    facts.seconds = processorSeconds() - again;
  } catch (error) {
    return { refused: (error as Error).message };
  }
  const { plan } = planned;
  try {
    await saveModel(smaller, pruned);
    await saveModel(mask(model, plan), masked);
    const counted = countMacs(smaller).macs;
    if (counted === plan.after.macs) return facts;
    return { ...facts, broken: `${plan.after.macs} MACs planned, ${counted} counted` };
  } catch (error) {
    return { ...facts, broken: (error as Error).message };
  }
}

const [file, pruned, masked] = Deno.args;
console.log(JSON.stringify(await pruneFile(file!, pruned!, masked!)));
