import { escapeXml } from "../../lib/plot/escape_xml.ts";
import { counted } from "../../lib/amounts.ts";
import { VERSION } from "../../lib/version.ts";

/** Origin of a notebook's numbers: the gallery shows it under the notebook's name. */
export interface RunSource {
  /** How much was run: `quick`, `laptop` or `paper`. */
  preset: string;
  /** Seed that all randomness follows from. */
  seed: number;
  /** Engine and device, in words. */
  engine: string;
  /** The data, in words: its name, how many, and whether it is exact. */
  data: string;
  /**
   * Units that were computed, when, and those that were known before: the results of an experiment have it.
   */
  results?: {
    fromStore: number;
    computed: number;
    /** ISO 8601. */
    when?: { oldest: string; newest: string } | undefined;
  };
  /** Version of the library. Default: this one. */
  version?: string;
}

/** MIME type under which {@linkcode runLine} puts its fields, for programs. */
export const RUN_MIME = "application/vnd.espalier.run+json";

/** Facts about a run, one by one. */
export function runFacts({ preset, seed, engine, data, results, version }: RunSource): string[] {
  return [
    `preset ${preset}`,
    `seed ${seed}`,
    engine,
    data,
    ...version === undefined ? [] : [`Espalier ${version}`],
    ...results
      ? [`${counted(results.computed, "result")} computed now, ${results.fromStore} from the store`]
      : [],
    ...results?.when ? [between(results.when)] : [],
  ];
}

/** `rows of 2026-11-28`, or from the oldest to the newest. */
function between({ oldest, newest }: { oldest: string; newest: string }): string {
  const [from, to] = [oldest.slice(0, 10), newest.slice(0, 10)];
  return from === to ? `rows of ${from}` : `rows of ${from} to ${to}`;
}

/** The line that says where a notebook's numbers come from; let it be a cell's last value. */
export function runLine(source: RunSource): { [display: symbol]: () => Record<string, unknown> } {
  const { results } = source;
  const told: RunSource = {
    ...source,
    version: source.version ?? VERSION,
    // Programs need no rows here.
    ...results && {
      results: {
        fromStore: results.fromStore,
        computed: results.computed,
        ...results.when && { when: results.when },
      },
    },
  };
  const text = runFacts(told).join(" · ");
  return {
    [Symbol.for("Jupyter.display")]: () => ({
      "text/plain": text,
      "text/html": `<em>${escapeXml(text)}</em>`,
      [RUN_MIME]: told,
    }),
  };
}
