import { fileURLToPath } from "node:url";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { type Database, openDatabase, sqlText } from "../../lib/ctr/logs/database.ts";
import { clickCsv } from "../../lib/ctr/logs/log_format.ts";
import { prepareLog } from "../../lib/ctr/logs/prepare_log.ts";
import { streamTraining } from "../../lib/ctr/logs/read_log.ts";
import { peakMemory } from "./peak_memory.ts";
import { type Bench, digits, type Section } from "./section.ts";
import { type Spent, spent } from "./turns.ts";

/** Rows of the generated log, and its fields beside the label. */
const ROWS = Number(Deno.env.get("ESPALIER_BENCH_ROWS") ?? 1e7), FIELDS = 8;

/** Gigabytes that DuckDB may take. */
const MEMORY = 2;

const BATCH = 2048;

const columns = ["click", ...Array.from({ length: FIELDS }, (_, f) => `c${f}`)];

/** What a stage took, and what it found. */
interface Stage extends Spent {
  /** Bytes of memory at the most, in a process of its own. */
  peak: number;
  /** Rows that it went through. */
  rows: number;
  /** Ids of all fields, where they were counted. */
  ids?: number;
}

/** What is done with the log, each in a process of its own. */
const STAGES = {
  "DuckDB's scan: one column's different values are counted": (folder) =>
    inDatabase(folder, async (database) => {
      await database.rows(`SELECT approx_count_distinct(c7) FROM ${textOf(folder)}`);
      return { rows: ROWS };
    }),
  "DuckDB writes the text as Parquet, as it stands": (folder) =>
    inDatabase(folder, async (database) => {
      await database.run(
        `COPY (FROM ${textOf(folder)}) TO ${sqlText(`${folder}/as_is.parquet`)} (FORMAT parquet)`,
      );
      return { rows: ROWS };
    }),
  "`prepareLog`: text is checked, split, counted and written as ids": async (folder) => {
    const { fields } = await prepared(folder);
    return { rows: ROWS, ids: fields.reduce((sum, { size }) => sum + size, 0) };
  },
  "`streamTraining`: an epoch of shuffled batches": async (folder) => {
    const batches = (await streamTraining(await prepared(folder))).batches({ batchSize: BATCH, seed: 0 });
    let rows = 0;
    for (let step = 0; step < batches.stepsPerEpoch; step++) {
      rows += (await batches.batch(0, step)).inputs.ids!.dims[0]!;
    }
    return { rows };
  },
} satisfies Record<string, (folder: string) => Promise<Pick<Stage, "rows" | "ids">>>;

/** How fast a generated log is read, prepared and streamed, beside DuckDB's scan of the same text. */
export const clickLogs: Bench = async ({ keep }) => {
  const folder = await Deno.makeTempDir();
  const section: Section = {
    title: "Click logs: from text to batches",
    about: "",
    head: ["of the same log", "s", "processor s", "million rows/s", "memory at most, GB"],
    rows: [],
  };
  try {
    await inDatabase(folder, writeLog(folder));
    const { size } = await Deno.stat(`${folder}/log.csv`);
    for (const name of Object.keys(STAGES)) {
      const { seconds, processor, rows, peak, ids } = await measured(name, folder);
      section.rows.push([
        name,
        digits(seconds, 1),
        digits(processor, 1),
        digits(rows / seconds / 1e6, 2),
        digits(peak / 1e9, 1),
      ]);
      section.about = `A generated log of ${(ROWS / 1e6).toFixed(0)} million rows of ${FIELDS} fields, ` +
        `${digits(size / 1e9, 2)} GB of text${
          ids ? `, ${digits(ids / 1e6, 1)} million ids` : ""
        }. DuckDB may ` +
        `take ${MEMORY} GB (\`memory: ${MEMORY}\`); each line is a process of its own, whose most memory is the ` +
        `operating system's count; batches of ${BATCH.toLocaleString("en")}; once each.`;
      await keep?.(section);
    }
    return section;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
};

async function measured(name: string, folder: string): Promise<Stage> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...LOCKED, "-A", fileURLToPath(import.meta.url), name, folder],
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`Cannot measure ${name}: the process ended with ${code}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function inDatabase<T>(folder: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase({ folder, memory: MEMORY });
  try {
    return await work(database);
  } finally {
    database.close();
  }
}

const textOf = (folder: string) => `read_csv(${sqlText(`${folder}/log.csv`)}, all_varchar=true)`;

const prepared = (folder: string) =>
  prepareLog([`${folder}/log.csv`], clickCsv({ columns, label: "click" }), {
    folder: `${folder}/prepared`,
    memory: MEMORY,
  });

/** Writes the log. Values come about as 1 / rank: the logarithm of their rank is even. */
const writeLog = (folder: string) => (database: Database): Promise<void> => {
  const values = Array.from(
    { length: FIELDS },
    (_, f) => `'v' || CAST(floor(exp(random() * ln(${4 ** (f + 3)}))) AS BIGINT) AS c${f}`,
  );
  return database.run(
    `COPY (SELECT CAST(random() < 0.2 AS INTEGER) AS click, ${values} FROM range(${ROWS})) TO ${
      sqlText(`${folder}/log.csv`)
    } (HEADER true)`,
  );
};

if (import.meta.main) {
  const [name, folder] = Deno.args as [keyof typeof STAGES, string];
  let found: Pick<Stage, "rows" | "ids"> | undefined;
  const took = await spent(async () => found = await STAGES[name](folder));
  console.log(JSON.stringify({ ...took, ...found!, peak: peakMemory() } satisfies Stage));
  Deno.exit(0);
}
