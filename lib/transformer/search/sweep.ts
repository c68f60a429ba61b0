import { blockOf, type ElementId, hardId, partId } from "../elements.ts";
import type { SweepRule } from "./rules.ts";
import type { Block, Transformer } from "../transformer.ts";
import { changed, type Trials } from "./trials.ts";

/** Walks through the network as a rule has it: each element is tried, and stays gone where that helps. */
export async function sweep({ blocks }: Transformer, trials: Trials, rule: SweepRule): Promise<void> {
  for (let round = 0; round < rule.sweeps; round++) {
    const before = trials.bound;
    const gone = trials.gone;
    if (rule.hard === "first") await harden(blocks, trials);
    for (const block of inWalkingOrder(blocks, rule)) {
      if (trials.gone.has(block.id)) continue;
      await (rule.compare ? tryBoth(block, trials) : tryBlock(block, trials, rule));
    }
    if (rule.hard === "last") await harden(blocks, trials);
    if (rule.restore) await giveBack(trials);
    if (trials.bound === before && trials.gone === gone) break;
  }
}

/** Layer by layer, and within a layer in the rule's order. */
function inWalkingOrder(blocks: readonly Block[], { layers, blocks: kinds }: SweepRule): Block[] {
  const sign = layers === "top down" ? -1 : 1;
  return blocks.filter(({ kind }) => kinds.includes(kind)).toSorted((a, b) =>
    sign * (a.layer - b.layer) || kinds.indexOf(a.kind) - kinds.indexOf(b.kind)
  );
}

/** Removes one element where that helps. */
async function tryOne(
  element: ElementId,
  trials: Trials,
  gate = 1,
): Promise<{ accepted: boolean; loss: number }> {
  const answer = await trials.ask({ action: "remove", element, gate });
  if (answer.accepted) trials.settle(changed(trials.gone, { action: "remove", element }), answer.loss);
  return answer;
}

/** Makes attention hard, from the bottom up, where that helps. */
async function harden(blocks: readonly Block[], trials: Trials): Promise<void> {
  for (const { id, layer, product } of blocks) {
    const element = hardId(layer);
    if (product && !trials.gone.has(id) && !trials.gone.has(element)) await tryOne(element, trials);
  }
}

/** The whole block; where it stays, and its loss is below the gate, its parts one after another. */
async function tryBlock(block: Block, trials: Trials, { gate }: SweepRule): Promise<void> {
  const { accepted, loss } = await tryOne(block.id, trials, gate);
  if (accepted || !(loss < gate * trials.bound || gate === Infinity)) return;
  for (const element of partsOf(block)) if (!trials.gone.has(element)) await tryOne(element, trials);
}

/** The whole block, and its parts one after another: whichever helps more. */
async function tryBoth(block: Block, trials: Trials): Promise<void> {
  const { gone, bound } = trials;
  const whole = await trials.ask({ action: "remove", element: block.id, alternative: true });
  let best = { gone, loss: bound };
  for (const element of partsOf(block)) {
    if (gone.has(element)) continue;
    const change = {
      action: "remove",
      element,
      from: best.gone,
      bound: best.loss,
      alternative: true,
    } as const;
    const { accepted, loss } = await trials.ask(change);
    if (accepted) best = { gone: changed(best.gone, change), loss };
  }
  if (whole.accepted && whole.loss <= best.loss) {
    trials.settle(changed(gone, { action: "remove", element: block.id }), whole.loss);
  } else if (best.gone !== gone) trials.settle(best.gone, best.loss);
}

const partsOf = ({ kind, layer, parts }: Block): ElementId[] =>
  Array.from({ length: parts }, (_, part) => partId(kind, layer, part));

/** Gives back what is gone, one element after another, where that helps. */
async function giveBack(trials: Trials): Promise<void> {
  for (const element of [...trials.gone]) {
    const change = { action: "restore", element } as const;
    const { accepted, loss } = await trials.ask(change);
    if (accepted) trials.settle(changed(trials.gone, change), loss);
  }
}

/** Whether an element is of a block that is gone as a whole. */
export function isInside(element: ElementId, gone: ReadonlySet<ElementId>): boolean {
  const block = blockOf(element);
  return block !== undefined && block !== element && gone.has(block);
}
