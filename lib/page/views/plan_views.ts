import { type Markup, markup } from "./markup.ts";
import type { NetworkRow } from "../worker/network_drawing.ts";
import { counted, percent } from "../../amounts.ts";
import { shortBytes, shortCount } from "./numbers.ts";
import type { PlannedRow, PlanView, ProtectedRow, TargetKind } from "../protocol.ts";

/** Costs, in the order of the page, and how they are written. */
const COSTS: readonly { kind: TargetKind; label: string; inWords: (count: number) => string }[] = [
  { kind: "macs", label: "MACs", inWords: shortCount },
  { kind: "parameters", label: "Parameters", inWords: shortCount },
  { kind: "bytes", label: "File", inWords: shortBytes },
];

/** So many names of groups that stay for one reason are listed. */
const MOST = 12;

/** What the model costs before and after. */
export function costsView({ before, after }: PlanView, target: TargetKind): Markup {
  const line = ({ kind, label, inWords }: (typeof COSTS)[number]) => {
    const part = after[kind] / before[kind];
    const known = Number.isFinite(part);
    return markup`<tr class="${kind === target ? "target" : ""}"><th scope="row">${label}</th>
      <td>${inWords(before[kind])}</td><td>${inWords(after[kind])}</td>
      <td>${known ? percent(part) : "unknown"}</td><td>${known && bar(part)}</td></tr>`;
  };
  return markup`<table class="costs">
    <thead><tr><th scope="col"><span class="unseen">Cost</span></th><th scope="col">before</th>
      <th scope="col">after</th><th scope="col">kept</th><td></td></tr></thead>
    <tbody>${COSTS.map(line)}</tbody></table>`;
}

/** A bar as long as a part of its place. */
function bar(part: number): Markup {
  return markup`<span class="bar" style="--part:${part.toFixed(4)}"></span>`;
}

/** The plan in a sentence. */
export function summaryView({ groups, multiple, uncounted }: PlanView): string {
  if (groups.length === 0) return "Nothing can go: no group of channels may lose one. What stays says why.";
  const sum = (of: (row: PlannedRow) => number) => groups.reduce((sum, row) => sum + of(row), 0);
  const removed = sum(({ channels, kept }) => channels - kept);
  const touched = groups.filter(({ channels, kept }) => kept < channels).length;
  const widths = removed > 0 && multiple > 1 ? `, to widths in multiples of ${multiple}` : "";
  const unknown = uncounted.length > 0
    ? ` No cost counts ${counted(uncounted.length, "node")} of operators that are not known.`
    : "";
  return `${removed.toLocaleString("en")} of ${counted(sum(({ channels }) => channels), "channel")} go, in ` +
    `${touched} of ${counted(groups.length, "group")}${widths}.${unknown}`;
}

/** The groups that lose channels. */
export function groupsView({ groups }: PlanView, rows: readonly NetworkRow[]): Markup {
  const going = groups.filter(({ channels, kept }) => kept < channels);
  if (going.length === 0) return markup`<p class="note">Nothing goes.</p>`;
  const marks = new Map(rows.map(({ group, letter, color }) => [group, { letter, color }]));
  const line = ({ id, name, channels, kept }: PlannedRow) => {
    const { letter = "", color = "transparent" } = marks.get(id) ?? {};
    const swatch = markup`<i class="swatch" style="--color:${color}">${letter}</i>`;
    return markup`<tr><th scope="row" title="${name}">${swatch}${name}</th><td>${channels} → ${kept}</td>
      <td>${percent(kept / channels)}</td><td>${bar(kept / channels)}</td></tr>`;
  };
  return markup`<table class="groups"><thead><tr><th scope="col">group</th><th scope="col">channels</th>
    <th scope="col">kept</th><td></td></tr></thead><tbody>${going.map(line)}</tbody></table>`;
}

/** The groups that stay, by the reason why. */
export function protectedView({ protected: kept, boundaries }: PlanView): Markup {
  const line = ([why, groups]: [string, ProtectedRow[]]) => {
    const names = groups.slice(0, MOST).map(({ name, channels }) => `${name} (${channels})`).join(", ");
    return markup`<li>${why}: ${names}${groups.length > MOST && ` and ${groups.length - MOST} more`}</li>`;
  };
  const ends = boundaries.length > 0 &&
    markup`<p>Knowledge of channels ends at ${boundaries.join(", ")}: what reaches it stays.</p>`;
  const none = kept.length === 0 && markup`<p class="note">Every group may lose channels.</p>`;
  const whys = Map.groupBy(kept, ({ why }) => why[0] ?? "");
  return markup`${ends}${none}<ul class="whys">${[...whys].map(line)}</ul>`;
}
