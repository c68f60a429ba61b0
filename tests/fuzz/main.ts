/**
 * Damages files of all formats, or of some, and looks at what their readers make of them: `main.ts [format…]
 * [--seconds N] [--fresh]`. Goes on where the last run stopped; any failure is told with its number, and can be
 * repeated.
 */
import { cacheFolder } from "../../lib/files/cache_folder.ts";
import { readJsonFile, writeJsonFile } from "../../lib/files/json_file.ts";
import { count, dictionary, fields, number } from "../../lib/files/schema.ts";
import { textTable } from "../../lib/text_table.ts";
import { FOREIGN, OWN } from "./targets.ts";
import type { FuzzNews, FuzzTask } from "./worker.ts";

/** Silence after which a reader counts as hanging, in ms. */
const HANGS = 20_000;

const options = Deno.args.filter((argument) => argument.startsWith("--"));
const unknown = options.find((option) => !/^--(seconds=?\d*|fresh)$/.test(option));
const secondsAt = Deno.args.findIndex((argument) => argument.startsWith("--seconds"));
const given = Deno.args[secondsAt]?.split("=")[1] ?? Deno.args[secondsAt + 1];
const seconds = secondsAt < 0 ? 10 : Number(given);
const words = Deno.args.filter((argument, i) =>
  !argument.startsWith("--") && !(i === secondsAt + 1 && secondsAt >= 0)
);
const known = [...FOREIGN, ...OWN].map(({ name }) => name);
/** Whether a word names a format: as a whole, or as a part where no name is that word. */
const means = (word: string, name: string) =>
  known.includes(word) ? name === word : name.toLowerCase().includes(word.toLowerCase());
const names = known.filter((name) => words.length === 0 || words.some((word) => means(word, name)));
if (unknown !== undefined || names.length === 0 || !(seconds > 0)) {
  console.error(
    `Cannot fuzz ${
      Deno.args.join(" ")
    }: expected parts of names of formats, --seconds N for each, --fresh; there are\n  ${known.join("\n  ")}`,
  );
  Deno.exit(1);
}

const path = `${cacheFolder()}/fuzz.json`;
/** What all runs found of a format. */
interface Kept {
  /** Number of the next mutation, and how many were tried. */
  next: number;
  /** The longest that one took, in ms. */
  longest: number;
  /** Most memory of the process, in bytes. */
  memory: number;
}
const kept = Deno.args.includes("--fresh")
  ? undefined
  : await readJsonFile<{ formats?: Record<string, Kept> }>(
    path,
    fields({}, { formats: dictionary(fields({ next: count, longest: number, memory: number })) }),
  );
const all = new Map(Object.entries(kept?.formats ?? {}));
await Deno.mkdir(cacheFolder(), { recursive: true });

/** Tries one format for its time; a worker that says nothing is ended. */
async function fuzz(name: string): Promise<FuzzNews> {
  const worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
  const task: FuzzTask = { name, from: all.get(name)?.next ?? 0, seconds };
  let last: FuzzNews = { next: task.from, refused: 0, longest: 0, memory: 0, done: false };
  const { promise, resolve } = Promise.withResolvers<void>();
  const hangs = () => {
    last = { ...last, failure: `no answer for ${HANGS / 1000} s, after number ${last.next}` };
    resolve();
  };
  let clock = setTimeout(hangs, HANGS);
  worker.onmessage = ({ data }: MessageEvent<FuzzNews>) => {
    clearTimeout(clock);
    last = data;
    if (data.done) resolve();
    else clock = setTimeout(hangs, HANGS);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    last = { ...last, failure: event.message };
    resolve();
  };
  worker.postMessage(task);
  await promise;
  clearTimeout(clock);
  worker.terminate();
  return last;
}

const rows = [["format", "mutations", "refused", "all so far", "longest so far (ms)", "memory so far (MB)"]];
const failures: string[] = [];
for (const name of names) {
  const before = all.get(name) ?? { next: 0, longest: 0, memory: 0 };
  const news = await fuzz(name);
  const now: Kept = {
    next: news.next,
    longest: Math.max(before.longest, news.longest),
    memory: Math.max(before.memory, news.memory),
  };
  all.set(name, now);
  await writeJsonFile(path, { formats: Object.fromEntries(all) });
  const tried = news.next - before.next;
  rows.push([
    name,
    tried.toLocaleString("en"),
    tried > 0 ? `${(100 * news.refused / tried).toFixed(0)} %` : "",
    news.next.toLocaleString("en"),
    now.longest.toFixed(0),
    (now.memory / 1e6).toFixed(0),
  ]);
  if (news.failure !== undefined) failures.push(`${name}: ${news.failure}`);
}
console.log(textTable(rows, ["left", "right", "right", "right", "right", "right"]).lines.join("\n"));
if (failures.length > 0) console.error(`\n${failures.join("\n\n")}`);
Deno.exit(failures.length > 0 ? 1 : 0);
