import { type Html, html } from "./html.ts";
import type { NetworkDrawing, NetworkRow } from "./network_drawing.ts";
import { counted } from "./numbers.ts";
import type { PlanView } from "./protocol.ts";
import { railsDrawing } from "./rails_drawing.ts";

/** The network as rails with a line beside each dot; what a plan changes comes later, see {@linkcode rowPlans}. */
export function networkView(drawing: NetworkDrawing): Html {
  const { svg, width } = railsDrawing(drawing);
  const row = ({ label, tensor, group }: NetworkRow, i: number) =>
    html`<li${
      group !== undefined && html`
        data-group="${group}"
      `
    } tabindex="${i === 0 ? 0 : -1}">
      <span class="what">${label}</span><span class="tensor">${tensor ?? ""}</span><span
      class="width"></span></li>`;
  return html`<div class="network" style="--rails:${width}px">${svg}<ol>${drawing.rows.map(row)}</ol></div>`;
}

/** What a plan does to a row's channels. */
export interface RowPlan {
  /** Part of the group that stays, from 0 to 1. */
  part: number;
  /** In words: `64 → 48`, `64`, or why all stay. */
  text: string;
}

/** What a plan does to each row; nothing where a row makes no channels. */
export function rowPlans({ rows }: NetworkDrawing, plan: PlanView): (RowPlan | undefined)[] {
  const groups = new Map(plan.groups.map((group) => [group.id, group]));
  return rows.map(({ group }) => {
    const planned = groups.get(group ?? -1);
    if (group === undefined) return undefined;
    if (!planned) return { part: 1, text: "stays" };
    const { channels, kept } = planned;
    return { part: kept / channels, text: kept < channels ? `${channels} → ${kept}` : `${channels}` };
  });
}

/** What colours and letters mean. */
export function legendView({ rows }: NetworkDrawing): Html {
  const letters = new Set(rows.flatMap(({ letter }) => letter ?? []));
  return html`${counted(rows.length, "layer")}, from input to output. ${
    letters.size > 0 &&
    "Dots of one letter and colour make channels that leave together. "
  }Select a layer to see all of its group.`;
}
