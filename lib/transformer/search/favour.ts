import { RangeError } from "../../errors.ts";
import type { Model } from "../../onnx/model.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { ElementId } from "../elements.ts";
import type { FavourRule } from "./rules.ts";
import { millisecondsSaved, parametersSaved, type Savings } from "../savings.ts";
import { isInside } from "./sweep.ts";
import type { Transformer } from "../transformer.ts";
import { changed, type Trials } from "./trials.ts";

/**
 * Removes what saves most, as far as the loss stays within the tolerance; or, with a budget, what costs least
 * loss for what it saves, until the budget is met.
 *
 * @throws RangeError where the budget cannot be met
 */
export async function favour(
  transformer: Transformer,
  trials: Trials,
  rule: FavourRule,
  { model, runtime }: { model: Model; runtime: Runtime },
): Promise<void> {
  const { budget, tolerance = 0 } = rule;
  const saved = rule.favour === "size"
    ? parametersSaved(transformer)
    : await millisecondsSaved(transformer, { runtime, inputShapes: rule.inputShapes ?? shapesOf(model) });
  if (budget === undefined) await withinTolerance(trials, saved, trials.reference.loss * (1 + tolerance));
  else await toBudget(trials, saved, budget);
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
 * gone, an element rarely costs less than it did.
 */
async function toBudget(trials: Trials, { of, whole }: Savings, budget: number): Promise<void> {
  let loss = trials.reference.loss;
  let left = whole * (1 - budget);
  const queue: { element: ElementId; loss: number; perUnit: number; at: number }[] = [];
  const offer = async (element: ElementId, at: number) => {
    const answer = await trials.ask({ action: "remove", element, bound: Infinity, gate: Infinity });
    // Without some elements numbers may overflow: those stay.
    if (answer.loss === Infinity) return;
    queue.push({ element, loss: answer.loss, perUnit: (answer.loss - loss) / of.get(element)!, at });
  };
  for (const [element, saves] of of) if (saves > 0) await offer(element, 0);
  for (let round = 0; left > 0;) {
    queue.sort((a, b) => a.perUnit - b.perUnit);
    const first = queue.shift();
    if (!first) {
      throw new RangeError(
        `Cannot keep ${100 * budget} %: with all elements gone more than that is left; ask for more`,
      );
    }
    const { element } = first;
    if (isInside(element, trials.gone)) continue;
    if (first.at < round) {
      await offer(element, round);
      continue;
    }
    const inside = [...trials.gone].filter((id) => isInside(id, new Set([element])));
    left -= of.get(element)! - inside.reduce((sum, id) => sum + of.get(id)!, 0);
    loss = first.loss;
    trials.settle(changed(trials.gone, { action: "remove", element }), loss);
    round++;
  }
}

/** Eight sequences of 64, or of what the model fixes. */
function shapesOf({ graph }: Model): Record<string, number[]> {
  const fed = graph.inputs.filter((name) => !graph.initializers.has(name));
  return Object.fromEntries(fed.map((name) => {
    const shape = graph.values.get(name)?.shape ?? [];
    return [name, shape.map((dim, i) => typeof dim === "number" ? dim : i === 0 ? 8 : 64)];
  }));
}
