/**
 * Damages files of all formats, or of some, and looks at what their readers make of them. Goes on where the last
 * run stopped; any failure is told with its number, and can be repeated. `tasks/fuzz.ts` says how it is used.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { cacheFolder } from "../../lib/files/cache_folder.ts";
import { readJsonFile, writeJsonFile } from "../../lib/files/json_file.ts";
import { count, dictionary, fields, number } from "../../lib/files/schema.ts";
import { textTable } from "../../lib/text_table.ts";
import { TARGETS } from "./targets.ts";
import type { FuzzNews, FuzzTask } from "./worker.ts";

/** Silence after which a reader is suspected of hanging, in ms; it hangs where it computed for half of it. */
const HANGS = 20_000;

/** Seconds that the process has computed for: others may have the machine meanwhile. */
function computed(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const known = TARGETS.map(({ name }) => name);

function refuse(why: string): never {
  console.error(
    `Cannot fuzz: ${why}; expected parts of names of formats, --seconds N, --until N, --report, --fresh; there are` +
      `\n  ${known.join("\n  ")}`,
  );
  Deno.exit(1);
}

function optionsOf(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        seconds: { type: "string", default: "10" },
        until: { type: "string", default: "Infinity" },
        report: { type: "boolean", default: false },
        fresh: { type: "boolean", default: false },
      },
    });
    return { ...values, seconds: Number(values.seconds), until: Number(values.until), words: positionals };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const { seconds, until, report, fresh, words } = optionsOf(Deno.args);
/** Whether a word names a format: as a whole, or as a part where no name is that word. */
const means = (word: string, name: string) =>
  known.includes(word) ? name === word : name.toLowerCase().includes(word.toLowerCase());
const names = known.filter((name) => words.length === 0 || words.some((word) => means(word, name)));
if (names.length === 0) refuse(`no format is called ${words.join(" ")}`);
if (!(seconds > 0 && until > 0)) refuse(`found --seconds ${seconds} --until ${until}`);

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
const kept = fresh ? undefined : await readJsonFile<{ formats?: Record<string, Kept> }>(
  path,
  fields({}, { formats: dictionary(fields({ next: count, longest: number, memory: number })) }),
);
const all = new Map(Object.entries(kept?.formats ?? {}));
const soFar = (name: string): Kept => all.get(name) ?? { next: 0, longest: 0, memory: 0 };
await Deno.mkdir(cacheFolder(), { recursive: true });

/** The worker of all formats, which loads the library once, until a format is the end of it. */
let atWork: Worker | undefined;

/** Tries one format for its time; a worker that says nothing is ended. */
async function fuzz(name: string): Promise<FuzzNews> {
  const worker = atWork ??= new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
  const task: FuzzTask = { name, from: soFar(name).next, to: until, seconds };
  let last: FuzzNews = { next: task.from, refused: 0, longest: 0, memory: 0, done: false };
  const { promise, resolve } = Promise.withResolvers<void>();
  let begun = computed();
  const hangs = () => {
    if (computed() - begun < HANGS / 2000) {
      clock = setTimeout(hangs, HANGS);
      return;
    }
    last = { ...last, failure: `no answer for ${HANGS / 1000} s, after number ${last.next}` };
    resolve();
  };
  let clock = setTimeout(hangs, HANGS);
  worker.onmessage = ({ data }: MessageEvent<FuzzNews>) => {
    clearTimeout(clock);
    last = data;
    begun = computed();
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
  if (last.failure !== undefined) {
    worker.terminate();
    atWork = undefined;
  }
  return last;
}

const failures = new Set<string>();
const tried = new Map<string, { count: number; refused: number }>();

/** Tries a format for its time, and keeps what came of it. */
async function turn(name: string): Promise<void> {
  const before = soFar(name);
  const news = await fuzz(name);
  all.set(name, {
    next: news.next,
    longest: Math.max(before.longest, news.longest),
    memory: Math.max(before.memory, news.memory),
  });
  await writeJsonFile(path, { formats: Object.fromEntries(all) });
  const { count: earlier, refused } = tried.get(name) ?? { count: 0, refused: 0 };
  tried.set(name, { count: earlier + news.next - before.next, refused: refused + news.refused });
  if (news.failure === undefined) return;
  failures.add(name);
  console.error(`${name}: ${news.failure}\n`);
}

const left = () => names.filter((name) => soFar(name).next < until && !failures.has(name));
if (!report) {
  // With an end, turn by turn, so that all come near it; without one, a turn for each.
  do {
    for (const name of left()) await turn(name);
  } while (Number.isFinite(until) && left().length > 0);
}

const rows = names.map((name) => {
  const { next, longest, memory } = soFar(name);
  const { count, refused } = tried.get(name) ?? { count: 0, refused: 0 };
  return [
    name,
    ...report ? [] : [count.toLocaleString("en"), count > 0 ? `${(100 * refused / count).toFixed(0)} %` : ""],
    next.toLocaleString("en"),
    `${(longest / 1000).toFixed(1)} s`,
    `${(memory / 1e9).toFixed(2)} GB`,
  ];
});
const head = ["format", ...report ? [] : ["now", "refused"], "tried", "longest", "most memory"];
const sum = names.reduce((total, name) => total + soFar(name).next, 0);
const sides = head.map((_, i) => i === 0 ? "left" as const : "right" as const);
console.log(textTable([head, ...rows], sides).lines.join("\n"));
console.log(`${sum.toLocaleString("en")} in all`);
Deno.exit(failures.size > 0 ? 1 : 0);
