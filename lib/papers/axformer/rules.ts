import { BETTER, RELEASED, type SweepRule } from "../../transformer/mod.ts";

/** A rule of search, as the notebook compares it. */
export interface NamedRule {
  /** Name of the rule in tables and figures. */
  label: string;
  /** Description of the rule, as a sentence's part. */
  about: string;
  /** The rule. */
  rule: SweepRule;
}

/**
 * All rules, in the order of tables and figures: the released one, what its parts are worth, and the better
 * one.
 */
export const RULES = {
  "released": { label: "released", about: "as the authors' code has it", rule: RELEASED },
  "no-hard": {
    label: "released, never hard",
    about: "without hard attention",
    rule: { ...RELEASED, hard: "never" },
  },
  "bottom-up": {
    label: "released, bottom up",
    about: "from the first layer to the last",
    rule: { ...RELEASED, layers: "bottom up" },
  },
  "no-gate": { label: "no gate", about: "parts are always looked at", rule: { ...RELEASED, gate: Infinity } },
  "no-wins": {
    label: "no gate, loss alone",
    about: "and however few examples gain",
    rule: { ...RELEASED, gate: Infinity, minWins: -1 },
  },
  "restore": {
    label: "no gate, restoring",
    about: "and up to three walks, after each of which what is gone is tried again",
    rule: { ...RELEASED, gate: Infinity, sweeps: 3, restore: true },
  },
  "compare": {
    label: "block against parts, one walk",
    about: "the block or the best of its parts, hard attention last",
    rule: { ...BETTER, sweeps: 1, restore: false },
  },
  "better": { label: "better", about: "the same, three walks, restoring", rule: BETTER },
} as const satisfies Record<string, NamedRule>;

/** Name of a rule. */
export type RuleName = keyof typeof RULES;
