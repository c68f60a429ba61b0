import { fileURLToPath } from "node:url";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { openDatabase, sqlText } from "../../lib/ctr/logs/database.ts";
import { clickCsv } from "../../lib/ctr/logs/log_format.ts";
import { prepareLog } from "../../lib/ctr/logs/prepare_log.ts";
import { timed } from "./turns.ts";

/** Rows of the generated log, and its fields beside the label. */
const ROWS = Number(Deno.env.get("ESPALIER_BENCH_ROWS") ?? 1e7), FIELDS = 8;

/** Gigabytes that DuckDB may take. */
const MEMORY = 2;

const columns = ["click", ...Array.from({ length: FIELDS }, (_, f) => `c${f}`)];

/** How fast a generated log is read and prepared, beside DuckDB's scan of the same text: a sentence. */
export async function readers(): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    const [scan, bytes] = await writeLog(folder);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...LOCKED, "-A", fileURLToPath(import.meta.url), folder],
      stderr: "inherit",
    }).output();
    if (code !== 0) throw new Error(`Cannot measure the readers: the process ended with ${code}`);
    const { seconds, peak, ids } = JSON.parse(new TextDecoder().decode(stdout));
    const rate = (seconds: number) => `${(ROWS / seconds / 1e6).toFixed(2)} million rows a second`;
    return [
      `A generated log of ${(ROWS / 1e6).toFixed(0)} million rows of ${FIELDS} fields (${
        (bytes / 1e9).toFixed(2)
      } GB of text, ${(ids / 1e6).toFixed(1)} million ids): \`prepareLog\` took ${seconds.toFixed(0)} s, ${
        rate(seconds)
      }, with ${
        (peak / 1e9).toFixed(1)
      } GB of memory at the peak (\`memory: ${MEMORY}\`); DuckDB's own scan of ` +
      `the text, which counts a column's different values, ${scan.toFixed(1)} s, ${rate(scan)}.`,
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes the log, by DuckDB as well; resolves to how long it is scanned, and how large it is. */
async function writeLog(folder: string): Promise<[seconds: number, bytes: number]> {
  const database = await openDatabase({ folder, memory: MEMORY });
  const path = `${folder}/log.csv`;
  // Values come about as 1 / rank: the logarithm of their rank is even.
  const values = Array.from(
    { length: FIELDS },
    (_, f) => `'v' || CAST(floor(exp(random() * ln(${4 ** (f + 3)}))) AS BIGINT) AS c${f}`,
  );
  await database.run(
    `COPY (SELECT CAST(random() < 0.2 AS INTEGER) AS click, ${values} FROM range(${ROWS})) TO ${
      sqlText(path)
    } (HEADER true)`,
  );
  const scan = await timed(() =>
    database.rows(`SELECT approx_count_distinct(c7) FROM read_csv(${sqlText(path)}, all_varchar=true)`)
  );
  database.close();
  return [scan, (await Deno.stat(path)).size];
}

if (import.meta.main) {
  const [folder] = Deno.args;
  const start = performance.now();
  const log = await prepareLog([`${folder}/log.csv`], clickCsv({ columns, label: "click" }), {
    folder: `${folder}/prepared`,
    memory: MEMORY,
  });
  const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
  console.log(JSON.stringify({
    seconds: (performance.now() - start) / 1000,
    peak: 1024 * Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? NaN),
    ids: log.fields.reduce((sum, { size }) => sum + size, 0),
  }));
  Deno.exit(0);
}
