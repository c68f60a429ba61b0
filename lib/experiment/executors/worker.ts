/**
 * The program of a worker process: a job per line comes in on stdin, a line per answer or note goes out on
 * stdout. It ends when its leader does, however that ends: when stdin closes, and when its parent is gone.
 *
 * What is printed goes to stderr, so that answers stand alone.
 */
import { textLines } from "./text_lines.ts";
import { type Job, LINE_START, type WorkerLine } from "../job.ts";
import { openJobRunner } from "./job_runner.ts";

console.log = console.info = console.debug = console.error;

new Worker(new URL("./watch_parent.ts", import.meta.url), { type: "module" });

const encoder = new TextEncoder();
function write(line: WorkerLine): void {
  const bytes = encoder.encode(`${LINE_START}${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

const runner = openJobRunner();
let last = Promise.resolve();
for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(textLines())) {
  if (!line) continue;
  const job = JSON.parse(line) as Job;
  // Reading goes on while a job is under way: that stdin closes must be seen.
  last = last.then(async () => {
    write({ answer: await runner.run(job, (note) => write({ name: job.name, note })) });
  });
}
Deno.exit(0);
