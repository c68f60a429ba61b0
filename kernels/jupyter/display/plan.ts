import { percent } from "../../../lib/amounts.ts";
import type { PruningPlan } from "../../../lib/prune/pruning_plan.ts";
import type { MimeBundle } from "../display.ts";
import { escapeXml } from "../../../lib/plot/escape_xml.ts";
import { bar, CELL, GOES, notCounted, NUMBER, STAYS } from "./html.ts";

/** A plan as what it costs before and after, what is left of each group, and what stays and why. */
export function drawPlan(plan: PruningPlan): MimeBundle {
  const [summary] = plan.toString().split("\n");
  return {
    "text/plain": plan.toString(),
    "text/html": `<div><div>${escapeXml(summary!)}</div>${costs(plan)}${notCounted(plan.uncounted)}` +
      details(`What goes, of ${plan.groups.length} groups`, groups(plan)) +
      details(`What is protected: ${plan.protected.length} groups, and why`, kept(plan)) + `</div>`,
  };
}

function costs({ before, after, reachable }: PruningPlan): string {
  const rows = (["macs", "parameters", "bytes"] as const).map((kind) => {
    const share = (value: number) => percent(value / before[kind]);
    const cells = [before[kind].toLocaleString("en"), after[kind].toLocaleString("en")];
    return `<tr><td ${CELL}>${kind === "macs" ? "MACs" : kind}</td>${
      cells.map((cell) => `<td ${NUMBER}>${cell}</td>`).join("")
    }` +
      `<td ${NUMBER}>${share(after[kind])}</td><td ${NUMBER}>${share(reachable[kind])}</td></tr>`;
  });
  const heads = ["", "before", "after", "kept", "least reachable"];
  return `<table><tr>${heads.map((head) => `<th ${NUMBER}>${head}</th>`).join("")}</tr>${
    rows.join("")
  }</table>`;
}

function details(title: string, body: string): string {
  return `<details><summary>${escapeXml(title)}</summary>${body}</details>`;
}

/** One row per group: a bar of what stays (dark) and what goes (light). */
function groups(plan: PruningPlan): string {
  const widest = Math.max(1, ...plan.groups.map(({ channels }) => channels));
  const rows = plan.groups.map(({ name, channels, removed }) => {
    const stays = channels - removed.length;
    const width = (count: number) => 240 * count / widest;
    return `<tr><td ${CELL}>${escapeXml(name)}</td><td ${NUMBER}>${stays} of ${channels}</td>` +
      `<td ${CELL}>${bar([[width(stays), STAYS], [width(removed.length), GOES]])}</td></tr>`;
  });
  return `<table>${rows.join("")}</table>`;
}

function kept(plan: PruningPlan): string {
  const rows = plan.protected.map(({ name, channels, why }) =>
    `<tr><td ${CELL}>${escapeXml(name)}</td><td ${NUMBER}>${channels}</td>` +
    `<td ${CELL}>${escapeXml(why.join("; "))}</td></tr>`
  );
  return `<table>${rows.join("")}</table>`;
}
