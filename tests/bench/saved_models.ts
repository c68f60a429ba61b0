import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { layerTable, measureLayers } from "../../lib/prune/latency/layer_latency.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { openNative } from "../../lib/runtime/native.ts";
import { exportedNetworks, type SavedModels, startSavedModels, type Timed } from "./saved_networks.ts";
import { type Bench, digits, type Section } from "./section.ts";

/** A pruned file beside its original. */
export interface SavedRow {
  network: string;
  /** Part of the MACs that was asked for; 1 for the original. */
  asked: number;
  /** What widths are a multiple of: "auto", or the number asked for. */
  roundTo: string;
  /** Part of the MACs that is left. */
  left: number;
  /** The file, in bytes. */
  bytes: number;
  best: number;
  median: number;
  processor: number;
}

/** At which parts of the MACs at least which part of the ideal gain is aimed at. */
const AIMS: ReadonlyMap<number, number> = new Map([[0.5, 0.9], [0.25, 0.8]]);

/** Saved files of networks that nobody here tuned for, in Python's ONNX Runtime, pruned to parts of their MACs. */
export const savedModels: Bench = async ({ rounds, networks }) => {
  const python = await startSavedModels();
  const folder = await Deno.makeTempDir();
  const rows: SavedRow[] = [];
  const layers: string[] = [];
  let version = "";
  try {
    for await (const { name, model } of exportedNetworks(python, networks)) {
      const { timed, rows: own } = await measure(name, model, { python, folder, rounds: 4 * rounds });
      version = timed.version;
      rows.push(...own);
      if (missed(own).length > 0) layers.push(await costly(name, model));
    }
  } finally {
    python.stop();
    await Deno.remove(folder, { recursive: true });
  }
  return sectionOf(rows, version, layers, 4 * rounds);
};

/** Times the original, what plans by themselves leave, and what widths of 1, 4, 8 and 16 leave, all in turns. */
async function measure(
  network: string,
  model: Model,
  { python, folder, rounds }: { python: SavedModels; folder: string; rounds: number },
): Promise<{ timed: Timed; rows: SavedRow[] }> {
  const whole = countMacs(model).macs;
  const files: (Omit<SavedRow, "best" | "median" | "processor"> & { path: string })[] = [];
  const save = async (one: Model, asked: number, roundTo: string) => {
    const path = `${folder}/${files.length}.onnx`;
    const { bytes } = await saveModel(one, path);
    files.push({ network, asked, roundTo, left: countMacs(one).macs / whole, bytes, path });
  };
  await save(model, 1, "–");
  for (const macs of AIMS.keys()) {
    for (const roundTo of ["auto", 1, 4, 8, 16] as const) {
      const smaller = pruned(model, macs, roundTo);
      if (smaller) await save(smaller, macs, `${roundTo}`);
    }
  }
  const timed = await python.time(files.map(({ path }) => path), rounds);
  const rows = files.map(({ path: _, ...file }, i) => ({
    ...file,
    best: timed.best[i]!,
    median: timed.median[i]!,
    processor: timed.processor[i]!,
  }));
  return { timed, rows };
}

/** The pruned model; nothing where the target is out of reach. */
function pruned(model: Model, macs: number, roundTo: number | "auto"): Model | undefined {
  try {
    return prune(model, planPruning(model, { target: { macs }, roundTo }));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** How often faster than the original. */
const gainOf = (row: SavedRow, rows: readonly SavedRow[]) => originalOf(row, rows).median / row.median;
const originalOf = ({ network }: SavedRow, rows: readonly SavedRow[]) =>
  rows.find((row) => row.network === network && row.asked === 1)!;

/** Files of plans by themselves whose gain is less than what is aimed at. */
export function missed(rows: readonly SavedRow[]): SavedRow[] {
  return rows.filter((row) =>
    row.roundTo === "auto" && gainOf(row, rows) * row.left < (AIMS.get(row.asked) ?? 0)
  );
}

/** The layers that cost the most, before and after, of a network whose gain is less than what is aimed at. */
async function costly(name: string, model: Model): Promise<string> {
  const smaller = pruned(model, 0.5, "auto")!;
  const runtime = await openNative();
  const rows = await measureLayers(model, smaller, { runtime, runs: 5 });
  await runtime.close();
  const most = rows.toSorted((a, b) => b.after - a.after).slice(0, 6);
  return `Layers of ${name} that cost the most at half of the MACs, each alone:\n\n\`\`\`\n${
    layerTable(most)
  }\n\`\`\``;
}

/** The table: plans by themselves, and under what misses its aim the best of other widths. */
export function sectionOf(
  rows: readonly SavedRow[],
  version: string,
  layers: readonly string[],
  rounds: number,
): Section {
  const low = new Set(missed(rows));
  const shown = rows.flatMap((row) => {
    if (row.asked === 1 || row.roundTo === "auto") {
      if (!low.has(row)) return [row];
      const others = rows.filter(({ network, asked, roundTo }) =>
        network === row.network && asked === row.asked && roundTo !== "auto"
      );
      const best = others.reduce<SavedRow | undefined>(
        (best, other) => best === undefined || other.median < best.median ? other : best,
        undefined,
      );
      return best && best.median < row.median ? [row, best] : [row];
    }
    return [];
  });
  return {
    title: "Saved files in Python's ONNX Runtime",
    about:
      `ONNX Runtime ${version} on all processors, one example a run, ${rounds} rounds in turns, each of 40 ms of ` +
      "runs as users run it, of which the second half counts; random weights, criterion group-l2. The gain is the original's median time by the pruned file's; ideally it is the original's MACs " +
      "by the pruned file's. Widths are chosen by the plan itself; where it misses 0.9 of the ideal at half of the MACs " +
      "or 0.8 at a quarter, the best that widths of 1, 4, 8 and 16 give stands below, where it is better.",
    head: [
      "network",
      "MACs asked",
      "widths",
      "MACs left",
      "MB",
      "ms, best",
      "ms, median",
      "processor ms",
      "gain",
      "of the ideal",
    ],
    rows: shown.map((row) => [
      row.network,
      row.asked === 1 ? "original" : `${100 * row.asked} %`,
      row.roundTo,
      `${(100 * row.left).toFixed(1)} %`,
      digits(row.bytes / 1e6, 1),
      ...[row.best, row.median, row.processor].map((seconds) => digits(1000 * seconds, 1)),
      digits(gainOf(row, rows), 2),
      row.asked === 1 ? "" : digits(gainOf(row, rows) * row.left, 2),
    ]),
    below: layers,
    brief: briefOf(rows),
  };
}

/** What the README shows of it: MACs asked, time got, size of the file. */
function briefOf(rows: readonly SavedRow[]): Pick<Section, "head" | "rows"> {
  const at = (network: string, asked: number) =>
    rows.find((row) =>
      row.network === network && row.asked === asked && (asked === 1 || row.roundTo === "auto")
    );
  const networks = [...new Set(rows.map(({ network }) => network))];
  return {
    head: ["network", "time, ms", "at 1/2 of the MACs", "at 1/4", "file, MB", "at 1/2 of the MACs", "at 1/4"],
    rows: networks.map((network) => {
      const all = [1, 0.5, 0.25].map((asked) => at(network, asked));
      return [
        network,
        ...all.map((row) => digits(row && 1000 * row.median, 1)),
        ...all.map((row) => digits(row && row.bytes / 1e6, 1)),
      ];
    }),
  };
}
