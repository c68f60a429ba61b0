import { escapeXml } from "../../../lib/plot/escape_xml.ts";
import type { CostReport, ModelCosts } from "../../../lib/prune/cost_report.ts";
import type { MimeBundle } from "../display.ts";
import { bar, CELL, GOES, notCounted, NUMBER, STAYS } from "./html.ts";

/** Width in px of the bar of what there was before. */
const WHOLE = 200;

/** A row of the report. */
interface Line {
  name: string;
  unit: string;
  before: string;
  after: string;
  /** Quotient of after and before. */
  ratio: number;
}

/** Costs of a model before and after, a line per kind of cost, with a bar of the share that is left. */
export function drawReport(report: CostReport): MimeBundle {
  const { before, after } = report;
  const lines = [...countLines(before, after), ...timeLines(before, after)];
  // Where something got dearer, all bars shrink alike, and the longest one fits.
  const scale = WHOLE / Math.max(1, ...lines.map(({ ratio }) => ratio).filter(Number.isFinite));
  const rows = lines.map(({ name, unit, before, after, ratio }) =>
    `<tr><td ${CELL}>${escapeXml(name)}</td><td ${NUMBER}>${before}</td><td ${NUMBER}>${after}</td>` +
    `<td ${CELL}>${escapeXml(unit)}</td><td ${NUMBER}>${
      Number.isFinite(ratio) ? ratio.toFixed(3) : "–"
    }</td>` +
    `<td ${CELL}>${
      Number.isFinite(ratio) ? bar([[scale * ratio, STAYS], [scale * Math.max(0, 1 - ratio), GOES]]) : ""
    }</td></tr>`
  );
  const heads = ["", "before", "after", "unit", "after ÷ before", "what is left"];
  const note = before.latencies.length > 0
    ? `<div>Latency: median (first to third quartile) of ${
      before.latencies[0]!.runs
    } runs, both models in turns</div>`
    : "";
  return {
    "text/plain": report.toString(),
    "text/html": `<div><table><tr>${
      heads.map((head, i) => `<th ${[1, 2, 4].includes(i) ? NUMBER : CELL}>${head}</th>`).join("")
    }</tr>${rows.join("")}</table>${notCounted(after.uncounted)}${note}</div>`,
  };
}

const COUNTS = [
  ["macs", "multiply-accumulates", "per example"],
  ["parameters", "parameters", "numbers"],
  ["bytes", "size on disk", "bytes"],
] as const;

function countLines(before: ModelCosts, after: ModelCosts): Line[] {
  return COUNTS.map(([kind, name, unit]) => ({
    name,
    unit,
    before: before[kind].toLocaleString("en"),
    after: after[kind].toLocaleString("en"),
    ratio: after[kind] / before[kind],
  }));
}

function timeLines(before: ModelCosts, after: ModelCosts): Line[] {
  const written = ({ median, quartiles: [low, high] }: ModelCosts["latencies"][number]) =>
    `${median.toPrecision(3)} (${low.toPrecision(3)} to ${high.toPrecision(3)})`;
  return before.latencies.map((latency, i) => ({
    name: `latency, ${latency.engine}, batch ${latency.batch}`,
    unit: "ms",
    before: written(latency),
    after: written(after.latencies[i]!),
    ratio: after.latencies[i]!.median / latency.median,
  }));
}
