import type { NetworkDrawing } from "./network_drawing.ts";
import { networkView, type RowPlan } from "./network_view.ts";
import { fill } from "./dom.ts";

/** The network's rows in the page. */
export interface NetworkRows {
  /** Shows what a plan does to each. */
  show(plans: readonly (RowPlan | undefined)[]): void;
}

/** Moves along rows by keys: how far. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -Infinity,
  End: Infinity,
};

/** Draws a network into the page; rows are gone through by the arrow keys, and a chosen one shows its group. */
export function networkRows(element: HTMLElement, drawing: NetworkDrawing): NetworkRows {
  fill(element, networkView(drawing));
  const list = element.querySelector("ol")!;
  const rows = [...list.children] as HTMLElement[];
  const widths = rows.map((row) => row.querySelector<HTMLElement>(".width")!);
  const texts: (string | undefined)[] = [];

  const choose = (chosen: HTMLElement) => {
    const { group } = chosen.dataset;
    for (const row of rows) {
      row.tabIndex = row === chosen ? 0 : -1;
      row.classList.toggle("together", group !== undefined && row.dataset["group"] === group);
    }
    list.classList.toggle("chosen", group !== undefined);
  };
  const rowOf = (event: Event) => (event.target as Element).closest<HTMLElement>("li");
  list.addEventListener("focusin", (event) => {
    const row = rowOf(event);
    if (row) choose(row);
  });
  list.addEventListener("focusout", () => list.classList.remove("chosen"));
  list.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const row = rowOf(event);
    if (step === undefined || !row) return;
    event.preventDefault();
    const place = Math.max(0, Math.min(rows.length - 1, rows.indexOf(row) + step));
    rows[place]!.focus();
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
