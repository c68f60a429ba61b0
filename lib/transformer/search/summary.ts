import { percent } from "../../amounts.ts";
import { type BlockKind, type ElementId, parseElement } from "../elements.ts";
import type { Block } from "../transformer.ts";
import type { Confirmed, Judged } from "./judged.ts";
import type { SearchTrace } from "./trace.ts";

/** What a search came to. */
interface Outcome {
  before: Judged;
  after: Judged;
  confirmed: Confirmed | undefined;
  alarm: string | undefined;
  /** Blocks that were searched. */
  blocks: readonly Pick<Block, "kind">[];
}

/** What a search came to: what goes, or that nothing can, what that is worth, and what is not seen. */
export function summaryOf(removed: readonly ElementId[], trace: SearchTrace, outcome: Outcome): string {
  const kinds: readonly BlockKind[] = ["attention", "feed-forward"];
  const unseen = kinds.filter((kind) => !outcome.blocks.some((block) => block.kind === kind));
  const { alarm } = outcome;
  return [
    found(removed, trace, outcome),
    ...alarm === undefined ? [] : [`But ${alarm}`],
    ...unseen.map((kind) => `No ${kind} block was found in the graph, so none was tried`),
  ].join(". ");
}

function found(
  removed: readonly ElementId[],
  { steps, examples }: SearchTrace,
  { before, after, confirmed }: Outcome,
): string {
  if (removed.length === 0) {
    if (confirmed && steps.some(({ accepted }) => accepted)) {
      return `Nothing can go: what the ${examples} examples that decided let go raises the loss of ` +
        `${digits(confirmed.before.loss)} on the ${confirmed.examples} that confirm`;
    }
    const tried = new Set(steps.map(({ element }) => element)).size;
    return `Nothing can go: of ${tried} elements tried none makes the loss of ${digits(before.loss)} on ` +
      `${examples} examples lower as the rule asks`;
  }
  const counts = Map.groupBy(removed, (id) => {
    const { kind, part } = parseElement(id);
    if (kind === "hard-attention") return "hard";
    return part === undefined ? "block" : kind === "attention" ? "head" : "group";
  });
  const gone = (["block", "head", "group"] as const).flatMap((what) => {
    const count = counts.get(what)?.length ?? 0;
    const word = what === "group" ? "group of neurons" : what;
    return count === 0 ? [] : [`${count} ${count === 1 ? word : word.replace(/^\w+/, "$&s")}`];
  });
  const hard = counts.get("hard")?.length ?? 0;
  const parts = [
    ...gone.length > 0 ? [`${gone.join(", ")} can go`] : [],
    ...hard > 0
      ? [`attention is to be hard in ${hard} ${hard === 1 ? "layer" : "layers"}, which takes time`]
      : [],
  ];
  const worth = [
    `On the ${examples} examples that decided, the loss goes ${fromTo({ before, after })}`,
    ...confirmed ? [`On the ${confirmed.examples} that confirm, it goes ${fromTo(confirmed)}`] : [],
  ];
  return [parts.join("; "), ...worth].join(". ");
}

function fromTo({ before, after }: { before: Judged; after: Judged }): string {
  const accuracy = before.score && after.score
    ? `, accuracy from ${percent(before.score.value)} to ${percent(after.score.value)}`
    : "";
  return `from ${digits(before.loss)} to ${digits(after.loss)}${accuracy}`;
}

const digits = (value: number): string => value.toPrecision(4);
