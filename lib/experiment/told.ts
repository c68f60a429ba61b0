import type { Results } from "./results.ts";

/**
 * Where a run's results come from, in a few words: `3 units computed now, 12 from the store; rows from 2026-11-28 09:12 to
 * 2026-11-28 09:15 UTC`, and a line for each unit that failed.
 */
export function told(
  { fromStore, computed, when, failures }: Omit<Results<unknown>, "rows" | "rowsOf" | "product">,
): string {
  const time = (iso: string) => iso.slice(0, 16).replace("T", " ");
  const [from, to] = when ? [time(when.oldest), time(when.newest)] : [];
  return [
    [
      `${computed} ${computed === 1 ? "unit" : "units"} computed now, ${fromStore} from the store`,
      ...from !== undefined ? [`rows from ${from === to ? from : `${from} to ${to}`} UTC`] : [],
      ...failures.length > 0 ? [`${failures.length} failed:`] : [],
    ].join("; "),
    ...failures.map(({ unit: { kind, spec }, error }) => `  ${kind.label(spec)}: ${error}`),
  ].join("\n");
}
