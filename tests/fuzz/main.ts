/**
 * Damages files of all formats, or of some, and looks at what their readers make of them: `main.ts [format…]
 * [--seconds N] [--fresh]`. Goes on where the last run stopped; any failure is told with its number, and can be
 * repeated.
 */
import { cacheFolder } from "../../lib/files/cache_folder.ts";
import { readJsonFile, writeJsonFile } from "../../lib/files/json_file.ts";
import { count, dictionary, fields } from "../../lib/files/schema.ts";
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
const names = [...FOREIGN, ...OWN].map(({ name }) => name)
  .filter((name) =>
    words.length === 0 || words.some((word) => name.toLowerCase().includes(word.toLowerCase()))
  );
if (unknown !== undefined || names.length === 0 || !(seconds > 0)) {
  console.error(
    `Cannot fuzz ${
      Deno.args.join(" ")
    }: expected parts of names of formats, --seconds N for each, --fresh; there are\n  ${
      [...FOREIGN, ...OWN].map(({ name }) => name).join("\n  ")
    }`,
  );
  Deno.exit(1);
}

const path = `${cacheFolder()}/fuzz.json`;
const kept = Deno.args.includes("--fresh") ? undefined : await readJsonFile<{ next: Record<string, number> }>(
  path,
  fields({ next: dictionary(count) }),
);
const next = new Map(Object.entries(kept?.next ?? {}));
await Deno.mkdir(cacheFolder(), { recursive: true });

/** Tries one format for its time; a worker that says nothing is ended. */
async function fuzz(name: string): Promise<FuzzNews> {
  const worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
  const task: FuzzTask = { name, from: next.get(name) ?? 0, seconds };
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

const rows = [["format", "mutations", "refused", "all so far", "longest (ms)", "memory (MB)"]];
const failures: string[] = [];
for (const name of names) {
  const from = next.get(name) ?? 0;
  const news = await fuzz(name);
  next.set(name, news.next);
  await writeJsonFile(path, { next: Object.fromEntries(next) });
  const tried = news.next - from;
  rows.push([
    name,
    tried.toLocaleString("en"),
    tried > 0 ? `${(100 * news.refused / tried).toFixed(0)} %` : "",
    news.next.toLocaleString("en"),
    news.longest.toFixed(0),
    (news.memory / 1e6).toFixed(0),
  ]);
  if (news.failure !== undefined) failures.push(`${name}: ${news.failure}`);
}
console.log(textTable(rows, ["left", "right", "right", "right", "right", "right"]).lines.join("\n"));
if (failures.length > 0) console.error(`\n${failures.join("\n\n")}`);
Deno.exit(failures.length > 0 ? 1 : 0);
