import { percent } from "../../amounts.ts";
import { RangeError } from "../../errors.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Batch, BatchSource } from "../../train/batches.ts";
import { blockOf, type ElementId } from "../elements.ts";
import type { FavourRule } from "./rules.ts";
import { millisecondsSaved, parametersSaved, type Savings } from "../savings.ts";
import { isInside } from "./sweep.ts";
import { elementsOf, type Transformer } from "../transformer.ts";
import type { MeasuredSavings, SearchTrace } from "./trace.ts";
import { changed, type Trials } from "./trials.ts";

/**
 * Removes what saves most, as far as the loss stays within the tolerance; or, with a budget, what costs least
 * loss for what it saves, until the budget is met.
 *
 * @throws RangeError where the budget cannot be met
 */
export async function favour(
  transformer: Transformer,
  trials: Trials & { trace: SearchTrace },
  rule: FavourRule,
  machine: { data: BatchSource; runtime: Runtime; signal: AbortSignal | undefined },
): Promise<void> {
  const { budget, tolerance = 0 } = rule;
  const saved = rule.favour === "size"
    ? parametersSaved(transformer)
    : savingsIn(transformer, trials.trace.milliseconds ??= await measured(transformer, rule, machine));
  if (budget !== undefined) requireReachable(transformer, saved, budget);
  if (budget === undefined) await withinTolerance(trials, saved, trials.reference.loss * (1 + tolerance));
  else await toBudget(trials, saved, budget);
}

/** Refuses a budget that is not met with all blocks gone, before anything is tried. */
function requireReachable({ blocks }: Transformer, { of, whole }: Savings, budget: number): void {
  const saved = blocks.reduce((sum, { id }) => sum + Math.max(0, of.get(id)!), 0);
  if (whole - saved <= budget * whole) return;
  throw new RangeError(
    `Cannot keep ${percent(budget)}: with all blocks gone, counted one by one, ` +
      `${percent(1 - saved / whole)} are left; ask for more than that`,
  );
}

/** Savings by the clock, as they are kept: a search that goes on from its trace takes the same order. */
async function measured(
  transformer: Transformer,
  { inputShapes }: FavourRule,
  { data, runtime, signal }: { data: BatchSource; runtime: Runtime; signal: AbortSignal | undefined },
): Promise<MeasuredSavings> {
  const shapes = inputShapes ?? shapesOf(transformer, await data.batch(0, data.stepsPerEpoch >> 1));
  const { of, whole } = await millisecondsSaved(transformer, { runtime, inputShapes: shapes, signal });
  return { of: Object.fromEntries(of), whole };
}

function savingsIn(transformer: Transformer, { of, whole }: MeasuredSavings): Savings {
  const known = elementsOf(transformer).flatMap((id): [ElementId, number][] => {
    const saves = of[id];
    return saves === undefined ? [] : [[id, saves]];
  });
  return { of: new Map(known), whole };
}

async function withinTolerance(trials: Trials, { of }: Savings, bound: number): Promise<void> {
  const order = [...of].filter(([, saves]) => saves > 0).sort(([, a], [, b]) => b - a);
  for (const [element] of order) {
    if (isInside(element, trials.gone)) continue;
    const change = { action: "remove", element } as const;
    const { accepted, loss } = await trials.ask({ ...change, bound });
    if (accepted) trials.settle(changed(trials.gone, change), loss);
  }
}

/**
 * Greedy by loss per unit saved. Losses are measured again only where an element comes first: as more is
 * gone, an element rarely costs less than it did. What goes last may save more than is asked for: as much of
 * the rest as there is room for then comes back.
 */
async function toBudget(trials: Trials, { of, whole }: Savings, budget: number): Promise<void> {
  let loss = trials.reference.loss;
  let left = whole * (1 - budget);
  const queue: { element: ElementId; loss: number; perUnit: number; at: number }[] = [];
  const offer = async (element: ElementId, at: number) => {
    const answer = await trials.ask({ action: "remove", element, bound: Infinity, gate: Infinity });
    // Without some elements numbers may overflow: those stay.
    if (answer.loss === Infinity) return;
    const perUnit = (answer.loss - loss) / savedNow(element, trials.gone, of);
    queue.push({ element, loss: answer.loss, perUnit, at });
  };
  for (const element of of.keys()) if (savedNow(element, trials.gone, of) > 0) await offer(element, 0);
  for (let round = 0; left > 0;) {
    queue.sort((a, b) => a.perUnit - b.perUnit);
    const first = queue.shift();
    if (!first) {
      throw new RangeError(
        `Cannot keep ${
          percent(budget)
        }: more is left with all gone whose loss is a number then; ask for more`,
      );
    }
    const { element } = first;
    const saved = savedNow(element, trials.gone, of);
    if (isInside(element, trials.gone) || saved <= 0) continue;
    if (first.at < round) {
      await offer(element, round);
      continue;
    }
    left -= saved;
    loss = first.loss;
    trials.settle(changed(trials.gone, { action: "remove", element }), loss);
    round++;
  }
  await giveBack(trials, of, { loss, room: -left });
}

/** What an element saves beside what is gone: of a block, what those of its parts do that are left. */
function savedNow(element: ElementId, gone: ReadonlySet<ElementId>, of: Savings["of"]): number {
  const inside = [...gone].filter((id) => id !== element && blockOf(id) === element);
  return of.get(element)! - inside.reduce((sum, id) => sum + of.get(id)!, 0);
}

/** Gives back what there is room for, each time what lowers the loss most, as long as something does. */
async function giveBack(
  trials: Trials,
  of: Savings["of"],
  { loss, room }: { loss: number; room: number },
): Promise<void> {
  let best: { element: ElementId; loss: number } | undefined;
  for (const element of trials.gone) {
    if (of.get(element)! > room) continue;
    const answer = await trials.ask({ action: "restore", element, bound: best?.loss ?? loss });
    if (answer.loss < (best?.loss ?? loss)) best = { element, loss: answer.loss };
  }
  if (best === undefined) return;
  trials.settle(changed(trials.gone, { action: "restore", element: best.element }), best.loss);
  await giveBack(trials, of, { loss: best.loss, room: room - of.get(best.element)! });
}

/** Examples that are timed at once, where a model leaves that open. */
const ROWS = 8;

/** Shapes of a batch's inputs, of some of its examples where the model takes any number. */
function shapesOf({ model: { graph } }: Transformer, { inputs }: Batch): Record<string, number[]> {
  const tensors = Object.entries(inputs);
  const examples = tensors[0]![1].dims[0]!;
  return Object.fromEntries(tensors.map(([name, { dims: [rows, ...rest] }]) => {
    const isOpen = rows === examples && typeof graph.values.get(name)?.shape?.[0] !== "number";
    return [name, [isOpen ? Math.min(ROWS, examples) : rows!, ...rest]];
  }));
}
