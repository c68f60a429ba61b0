import { fill } from "./dom.ts";
import type { NetworkDrawing } from "../worker/network_drawing.ts";
import { networkView, type RowPlan } from "../views/network_view.ts";

/** The network's rows in the page. */
export interface NetworkRows {
  /** Shows what a plan does to each. */
  show(plans: readonly (RowPlan | undefined)[]): void;
}

/** Keys that move along rows, and how far. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -Infinity,
  End: Infinity,
};

/**
 * Draws a network into the page. Rows are gone through by the arrow keys; the chosen one shows its group.
 *
 * @param tell is told the chosen row
 */
export function networkRows(
  element: HTMLElement,
  drawing: NetworkDrawing,
  tell: (row: number | undefined) => void,
): NetworkRows {
  fill(element, networkView(drawing));
  element.scrollTop = 0;
  const list = element.querySelector("ol")!;
  const rows = [...list.children] as HTMLElement[];
  const widths = rows.map((row) => row.querySelector<HTMLElement>(".width")!);
  const texts: (string | undefined)[] = [];

  const rowOf = (event: Event) => (event.target as Element).closest<HTMLElement>("li");
  list.addEventListener("focusin", (event) => {
    const chosen = rowOf(event);
    if (!chosen) return;
    const { group } = chosen.dataset;
    for (const row of rows) {
      row.tabIndex = row === chosen ? 0 : -1;
      row.classList.toggle("together", group !== undefined && row.dataset["group"] === group);
    }
    tell(rows.indexOf(chosen));
  });
  list.addEventListener("focusout", () => {
    for (const row of rows) row.classList.remove("together");
    tell(undefined);
  });
  list.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const row = rowOf(event);
    if (step === undefined || !row) return;
    event.preventDefault();
    rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(row) + step))]!.focus();
  });

  return {
    show(plans) {
      plans.forEach((plan, i) => {
        if (!plan || texts[i] === plan.text) return;
        texts[i] = plan.text;
        widths[i]!.textContent = plan.text;
        rows[i]!.style.setProperty("--part", plan.part.toFixed(3));
        rows[i]!.classList.toggle("cut", plan.part < 1);
      });
    },
  };
}
