/**
 * The program of an array task of Slurm: does the jobs of a chunk one after the other. Each answer is a file
 * in the run's folder; what it is at stands in another, which is there as soon as work begins. It ends when
 * its leader does, however that ends: when the leader's pulse stands still.
 */
import { hostname } from "node:os";
import { readText } from "../../files/read_file.ts";
import { replaceFile } from "../../files/replace_files.ts";
import type { Job } from "../job.ts";
import { answerFile, chunkFile, type Doing, doingFile } from "./slurm_folder.ts";
import { openJobRunner } from "./job_runner.ts";

/** Between two notes on what a job is at, in ms. */
const BETWEEN_NOTES = 1000;

const [folder = "", chunk = ""] = Deno.args;
new Worker(new URL("./watch_pulse.ts", import.meta.url), { type: "module", name: folder });

const write = (file: string, value: unknown) =>
  replaceFile(`${folder}/${file}`, new TextEncoder().encode(JSON.stringify(value)));

const worker = `${hostname()} ${Deno.pid}`;
let [told, telling] = [-Infinity, Promise.resolve()];
function note(name: string, note: string): void {
  if (performance.now() - told < BETWEEN_NOTES) return;
  told = performance.now();
  telling = telling.then(() => write(doingFile(chunk), { name, worker, note } satisfies Doing));
}

const jobs: Job[] = JSON.parse(await readText(`${folder}/${chunkFile(chunk)}`));
const runner = openJobRunner();
for (const job of jobs) {
  note(job.name, "");
  await telling;
  await write(answerFile(job.name), await runner.run(job, (text) => note(job.name, text)));
}
await telling;
Deno.exit(0);
