import { mean } from "../../statistics/describe.ts";
import type { Claim } from "../../statistics/verdict.ts";
import type { AskedRow } from "./asked.ts";

/** What a verdict is computed from: values of one network's items, or of several networks the means. */
export function overNetworks(effects: readonly (readonly number[])[]): Pick<Claim, "effect" | "per"> {
  const some = effects.filter(({ length }) => length > 0);
  return some.length === 1 ? { effect: some[0]!, per: "items" } : { effect: some.map(mean), per: "networks" };
}

/** Answers of each network, however it was compressed: levels of one network say nothing of another. */
export const rowsOfNetworks = (rows: readonly AskedRow[]): AskedRow[][] => [
  ...Map.groupBy(rows, ({ hidden, seed }) => `${hidden} ${seed}`).values(),
];
