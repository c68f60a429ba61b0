import { escapeXml } from "../../lib/plot/escape_xml.ts";

/** What a notebook's numbers come from: the gallery shows it under the notebook's name. */
export interface RunSource {
  /** How much was run: `quick`, `laptop` or `paper`. */
  preset: string;
  /** What all randomness follows from. */
  seed: number;
  /** Engine and device, in words. */
  engine: string;
  /** The data, in words: its name, how many, and whether it is exact. */
  data: string;
}

/** MIME type under which {@linkcode runLine} puts its fields, for programs. */
export const RUN_MIME = "application/vnd.espalier.run+json";

/** The line that says where a notebook's numbers come from; let it be a cell's last value. */
export function runLine(source: RunSource): { [display: symbol]: () => Record<string, unknown> } {
  const text = `preset ${source.preset} · seed ${source.seed} · ${source.engine} · ${source.data}`;
  return {
    [Symbol.for("Jupyter.display")]: () => ({
      "text/plain": text,
      "text/html": `<em>${escapeXml(text)}</em>`,
      [RUN_MIME]: source,
    }),
  };
}
