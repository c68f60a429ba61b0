import { type Markup, markup } from "./markup.ts";
import type { NetworkDrawing, NetworkRow } from "../worker/network_drawing.ts";
import { counted } from "../../amounts.ts";
import type { PlanView } from "../protocol.ts";
import { railsDrawing } from "./rails_drawing.ts";

/** The network as rails with a line beside each dot; what a plan does to it is {@linkcode rowPlans}'. */
export function networkView(drawing: NetworkDrawing): Markup {
  const { svg, width } = railsDrawing(drawing);
  const row = ({ label, letter, tensor = "", group }: NetworkRow, i: number) => {
    const spoken = letter !== undefined && markup`<span class="unseen">, group ${letter}</span>`;
    const member = group !== undefined && markup` data-group="${group}"`;
    return markup`<li${member} tabindex="${i === 0 ? 0 : -1}"><span class="what">${label}${spoken}</span>
      <span class="tensor" title="${tensor}">${tensor}</span><span class="width"></span></li>`;
  };
  const many = drawing.rows.length > MANY ? "many" : "";
  const rows = markup`<ol class="${many}">${drawing.rows.map(row)}</ol>`;
  return markup`<div class="network" style="--rails:${width}px">${svg}${rows}</div>`;
}

/** From so many rows on, those out of sight are not laid out. */
const MANY = 400;

/** What a plan does to a row's channels. */
export interface RowPlan {
  /** Part of the group that stays, from 0 to 1. */
  part: number;
  /** In words: `64 → 48`, `64`, `stays`. */
  text: string;
}

/** What a plan does to each row; nothing where a row makes no channels. */
export function rowPlans({ rows }: NetworkDrawing, plan: PlanView): (RowPlan | undefined)[] {
  const groups = new Map(plan.groups.map((group) => [group.id, group]));
  return rows.map(({ group }) => {
    if (group === undefined) return undefined;
    const planned = groups.get(group);
    if (!planned) return { part: 1, text: "stays" };
    const { channels, kept } = planned;
    return { part: kept / channels, text: kept < channels ? `${channels} → ${kept}` : `${channels}` };
  });
}

/** What becomes of the channels that a row makes, in a sentence; of a row that makes none, nothing. */
export function rowSentence({ rows }: NetworkDrawing, plan: PlanView, row: number): string | undefined {
  const { group, letter, why, tensor = "it" } = rows[row] ?? {};
  if (group === undefined) return undefined;
  if (why !== undefined) return `The channels of ${tensor} stay: ${why}.`;
  const together = rows.filter((other) => other.group === group).length;
  const { channels = 0, kept = 0 } = plan.groups.find(({ id }) => id === group) ?? {};
  const name = letter === undefined ? "This group" : `Group ${letter}`;
  const made = together > 1 ? `is made by ${counted(together, "layer")} together` : "is made by one layer";
  const gone = kept < channels
    ? `${channels - kept} of its ${counted(channels, "channel")} go`
    : "nothing goes";
  return `${name} ${made}: ${gone}.`;
}

/** What dots mean, in a sentence or two. */
export function legendSentence({ rows }: NetworkDrawing): string {
  const letters = rows.some(({ letter }) => letter !== undefined);
  return `${counted(rows.length, "row")} from input to output. ${
    letters ? "Dots of one letter and colour make channels that leave together. " : ""
  }Select a row to see all of its group.`;
}
