import { existsSync } from "node:fs";
import { join } from "node:path";
import { countMacs, loadModel, mask, type Model, planPruning, prune, saveModel } from "../../mod.ts";
import type { PruningPlan } from "../../lib/prune/mod.ts";
import type { Answer, Python } from "./python.ts";

/** PyTorch's two ways to an ONNX file. */
export const EXPORTERS = ["torchscript", "dynamo"] as const;

/** One of them. */
export type Exporter = typeof EXPORTERS[number];

/** What came of a network. */
export interface ZooResult {
  /** The architecture. */
  name: string;
  /** Who wrote the file. */
  exporter: Exporter;
  /** MACs that are left, as a part of what there was. */
  share?: number;
  /** The largest difference between pruned and masked, relative to the largest number of an output. */
  difference?: number;
  /** "not exported" is PyTorch's word, the others are ours. */
  verdict: "equal" | "different" | "invalid" | "refused" | "not exported";
  /** What is wrong, or what is in the way of the target. */
  why?: string;
}

const TARGET = 0.5;

/** Exports a network unless its file is there, prunes it to half of its MACs and compares it with the mask. */
export async function pruneOne(
  python: Python,
  name: string,
  exporter: Exporter,
  folder: string,
): Promise<ZooResult> {
  const base = { name, exporter };
  const file = join(folder, `${name}.${exporter}.onnx`);
  if (!existsSync(file)) {
    const { error } = await python.ask({ what: "export", name, exporter, path: `${file}.part` });
    if (error !== undefined) return { ...base, verdict: "not exported", why: firstLine(error) };
    await Deno.rename(`${file}.part`, file);
  }
  let planned: Planned;
  try {
    const model = await loadModel(file);
    planned = { model, ...planHalf(model) };
  } catch (error) {
    return { ...base, verdict: "refused", why: firstLine((error as Error).message) };
  }
  const { plan, why } = planned;
  const share = plan.after.macs / plan.before.macs;
  if (plan.groups.every(({ removed }) => removed.length === 0)) {
    return { ...base, share, verdict: "refused", why: why ?? "nothing may leave" };
  }
  const answer = await compare(python, planned, file);
  const reason = answer.why ?? answer.error ?? why;
  return {
    ...base,
    share,
    ...answer.difference !== undefined && { difference: answer.difference },
    verdict: answer.verdict ?? "invalid",
    ...reason !== undefined && { why: firstLine(reason) },
  };
}

interface Planned {
  model: Model;
  plan: PruningPlan;
  /** Why it is not half. */
  why?: string | undefined;
}

/** Prunes and masks; what fails from here on has left a broken model. */
async function compare(python: Python, { model, plan }: Planned, file: string): Promise<Answer> {
  const [pruned, masked] = [`${file}.pruned`, `${file}.masked`];
  try {
    const smaller = prune(model, plan);
    await saveModel(smaller, pruned);
    await saveModel(mask(model, plan), masked);
    const counted = countMacs(smaller).macs;
    if (counted !== plan.after.macs) {
      return { verdict: "different", why: `${plan.after.macs} MACs planned, ${counted} counted` };
    }
    return await python.ask({ what: "compare", original: file, pruned, masked });
  } catch (error) {
    return { verdict: "invalid", why: (error as Error).message };
  } finally {
    for (const path of [pruned, masked]) await Deno.remove(path).catch(() => {});
  }
}

/** A plan for half, or else for the least that is reachable and why no less is. */
function planHalf(model: Model): Omit<Planned, "model"> {
  const settings = { criterion: "random", seed: 1, roundTo: 1 } as const;
  const { before, reachable, protected: stay } = planPruning(model, { ...settings, target: { macs: 1 } });
  const least = reachable.macs / before.macs;
  if (least <= TARGET) return { plan: planPruning(model, { ...settings, target: { macs: TARGET } }) };
  const [largest] = stay.toSorted((a, b) => b.channels - a.channels);
  return {
    plan: planPruning(model, { ...settings, target: { macs: Math.min(1, least + 1e-9) } }),
    why: largest &&
      `no less is reachable: ${largest.channels} channels of ${largest.name}: ${largest.why[0]}`,
  };
}

const firstLine = (text: string) => text.trim().split("\n")[0]!.slice(0, 300);
