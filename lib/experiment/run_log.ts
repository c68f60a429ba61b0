import type { Results } from "./results.ts";
import { labelOf } from "./task.ts";
import { appendJsonLine, readJsonLines } from "../files/json_lines.ts";
import { count, fields, list, text } from "../files/schema.ts";

/** Note of one run for the program that runs notebooks. */
export interface RunNote {
  /** Name of the run. */
  readonly title: string;
  /** Number of units that were known already. */
  readonly fromStore: number;
  /** Number of units that were computed. */
  readonly computed: number;
  /** When the oldest of the rows was computed: ISO 8601. */
  readonly oldest?: string | undefined;
  /** Units that failed: what each does, and its error. */
  readonly failures: readonly { readonly label: string; readonly error: string; readonly stack: string }[];
}

/** Adds a line to the file that the environment names in `ESPALIER_RUN_LOG`, if it names one. */
export async function logRun(
  title: string,
  { fromStore, computed, when, failures }: Results<unknown>,
): Promise<void> {
  const path = Deno.env.get("ESPALIER_RUN_LOG");
  if (!path) return;
  const note: RunNote = {
    title,
    fromStore,
    computed,
    oldest: when?.oldest,
    failures: failures.map(({ unit, error, stack }) => ({ label: labelOf(unit), error, stack })),
  };
  await appendJsonLine(path, note);
}

const NOTE = fields({
  title: text,
  fromStore: count,
  computed: count,
  failures: list(fields({ label: text, error: text, stack: text })),
}, { oldest: text });

/** The lines of such a file; none where no run was made. */
export async function readRunLog(path: string): Promise<RunNote[]> {
  return await readJsonLines<RunNote>(path, NOTE);
}
