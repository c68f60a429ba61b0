import { type Html, html } from "./html.ts";
import { counted, percent, shortBytes, shortCount } from "./numbers.ts";
import type { NetworkRow } from "./network_drawing.ts";
import type { OpenedModel, PlanView, TargetKind } from "./protocol.ts";

/** Costs, in the order of the page, and how they are written. */
const COSTS: readonly { kind: TargetKind; label: string; inWords: (count: number) => string }[] = [
  { kind: "macs", label: "MACs", inWords: shortCount },
  { kind: "parameters", label: "Parameters", inWords: shortCount },
  { kind: "bytes", label: "File", inWords: shortBytes },
];

/** Lines about the model. */
export function factsView({ facts }: OpenedModel): Html {
  return html`${
    facts.map(({ label, text }) =>
      html`
        <div>
          <dt>${label}</dt>
          <dd>${text}</dd>
        </div>
      `
    )
  }`;
}

/** What the model costs before and after. */
export function costsView({ before, after }: PlanView, target: TargetKind): Html {
  return html`
    <table class="costs">
      <thead>
        <tr>
          <th scope="col"><span class="unseen">Cost</span></th>
          <th scope="col">before</th>
          <th scope="col">after</th>
          <th scope="col" colspan="2">kept</th>
        </tr>
      </thead>
      <tbody>${COSTS.map(({ kind, label, inWords }) => {
        const part = after[kind] / before[kind];
        const known = Number.isFinite(part);
        return html`
          <tr${kind === target && html`
            class="target"
          `}>
            <th scope="row">${label}</th>
            <td>${inWords(before[kind])}</td>
            <td>${inWords(after[kind])}</td>
            <td>${known ? percent(part) : "unknown"}</td>
            <td>${known && bar(part)}</td>
            </tr>
        `;
      })}</tbody>
    </table>
  `;
}

/** A bar as long as a part of its place. */
function bar(part: number): Html {
  return html`<span class="bar" style="--part:${part.toFixed(4)}"></span>`;
}

/** The plan in a sentence. */
export function summaryView({ groups, multiple, uncounted }: PlanView): Html {
  const removed = groups.reduce((sum, { channels, kept }) => sum + channels - kept, 0);
  const all = groups.reduce((sum, { channels }) => sum + channels, 0);
  if (groups.length === 0) return html`Nothing can go: no group of channels may lose one. See why below.`;
  const touched = groups.filter(({ channels, kept }) => kept < channels).length;
  const widths = removed > 0 && multiple > 1 ? `, to widths in multiples of ${multiple}` : "";
  return html`${removed.toLocaleString("en")} of ${counted(all, "channel")} go, in ${touched} of ${
    counted(groups.length, "group")
  }${widths}.${
    uncounted.length > 0 &&
    ` No cost counts ${counted(uncounted.length, "node")} of operators that are not known.`
  }`;
}

/** The groups that lose channels. */
export function groupsView({ groups }: PlanView, rows: readonly NetworkRow[]): Html {
  const going = groups.filter(({ channels, kept }) => kept < channels);
  if (going.length === 0) return html`<p class="note">Nothing goes.</p>`;
  const marks = new Map(rows.map(({ group, letter, color }) => [group, { letter, color }]));
  return html`
    <table class="groups">
      <thead>
        <tr>
          <th scope="col">group</th>
          <th scope="col">channels</th>
          <th scope="col" colspan="2">kept</th>
        </tr>
      </thead>
      <tbody>${going.map(({ id, name, channels, kept }) => {
        const { letter = "", color = "transparent" } = marks.get(id) ?? {};
        return html`
          <tr>
            <th scope="row"><i class="swatch" style="--color:${color}">${letter}</i>${name}</th>
            <td>${channels} → ${kept}</td>
            <td>${percent(kept / channels)}</td>
            <td>${bar(kept / channels)}</td>
          </tr>
        `;
      })}</tbody>
    </table>
  `;
}

/** The groups that stay, and why. */
export function protectedView({ protected: kept, boundaries }: PlanView): Html {
  const whys = Map.groupBy(kept, ({ why }) => why[0] ?? "");
  return html`${
    boundaries.length > 0 &&
    html`<p>Knowledge of channels ends at ${boundaries.join(", ")}: what reaches it stays.</p>`
  }${kept.length === 0 && html`<p class="note">Every group may lose channels.</p>`}<ul class="whys">${
    [...whys].map(([why, groups]) =>
      html`<li>${why}: ${
        groups.slice(0, MOST).map(({ name, channels }) => `${name} (${channels})`).join(", ")
      }${groups.length > MOST && ` and ${groups.length - MOST} more`}</li>`
    )
  }</ul>`;
}

/** So many names of groups that stay for one reason are listed. */
const MOST = 12;
