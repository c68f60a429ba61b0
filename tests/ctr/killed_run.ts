/**
 * A run from text to model that ends itself the hard way: `killed_run.ts FOLDER STAGE`, where the folder
 * holds log.csv. What it comes to, where nothing ends it, is written to the folder as model.onnx.
 */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fitCtr } from "../../lib/ctr/fit_ctr.ts";
import { fm } from "../../lib/ctr/interactions/fm.ts";
import { clickCsv } from "../../lib/ctr/logs/log_format.ts";
import { prepareLog } from "../../lib/ctr/logs/prepare_log.ts";
import { readLog } from "../../lib/ctr/logs/read_log.ts";
import { optEmbed } from "../../lib/ctr/methods/opt_embed.ts";
import { searchDimensions } from "../../lib/ctr/search/evolution.ts";

/** Where a run is killed. */
export type Stage = "staging" | "counting" | "encoding" | "supernet" | "search" | "retraining";

/** Begins the name of the file whose coming tells that a stage of preparing is under way. */
const SIGNS = {
  staging: "staged/0.parquet.",
  counting: "vocabularies/1.parquet",
  encoding: "train.parquet",
};

const die = (): void => Deno.kill(Deno.pid, "SIGKILL");

/** Whether a file's path begins so: what is written has a name of its own until it is whole. */
function isThere(beginning: string): boolean {
  const folder = dirname(beginning);
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(basename(beginning)));
}

/** Prepares the log, fits a model, and is killed where `stage` says. */
export async function killedRun(folder: string, stage?: Stage): Promise<Uint8Array> {
  const sign = stage && stage in SIGNS ? SIGNS[stage as keyof typeof SIGNS] : undefined;
  const watch = setInterval(() => {
    if (sign !== undefined && isThere(`${folder}/prepared/preparing/${sign}`)) die();
  }, 0);
  const format = clickCsv({ columns: ["click", "site", "hour", "user"], label: "click" });
  const log = await prepareLog([`${folder}/log.csv`], format, { folder: `${folder}/prepared`, threads: 1 });
  let trainings = 0, scored = 0;
  const { compact } = await fitCtr(fm(), await readLog(log), {
    ...{ features: 4, firstOrder: "zeros", batchSize: 500, rate: 1e-2, weightDecay: 1e-4, epochs: 2 },
    ...{ patience: 2, seed: 5, folder: `${folder}/run` },
    progress: {
      start: () => void trainings++,
      step(done) {
        if (done === 12 && stage === [, "supernet", "retraining"][trainings]) die();
      },
      close: () => {},
    },
    table: optEmbed({
      ...{ thresholdRate: 0.5, alpha: 0.05, generations: 3 },
      search: (options) =>
        searchDimensions({
          ...options,
          score(dimensions) {
            // In the second generation: the first is kept.
            if (stage === "search" && ++scored === 33) die();
            return options.score(dimensions);
          },
        }),
    }),
  });
  clearInterval(watch);
  return compact.model.toOnnx();
}

if (import.meta.main) {
  const [folder, stage] = Deno.args as [string, Stage | undefined];
  await Deno.writeFile(`${folder}/model.onnx`, await killedRun(folder, stage));
  Deno.exit(0);
}
