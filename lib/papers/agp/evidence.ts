import { Error } from "../../errors.ts";
import type { Results } from "../../experiment/results.ts";
import type { Unit } from "../../experiment/unit.ts";
import { type BaselineRow, BEST_FIXED } from "./baselines.ts";
import type { ChatRow } from "./chats/ask.ts";
import type { CorpusRow, ParityRow, RetrainRow } from "./corpora.ts";
import type { BestRow } from "./enumeration.ts";
import type { AgpUnits } from "./experiment.ts";
import type { ChangeRow } from "./changes.ts";
import type { NineRow } from "./nine_agents.ts";
import type { PriceRow } from "./price.ts";
import type { PolicyRow } from "./policy_gradient.ts";
import type { StageOneRow } from "./stage_one.ts";
import type { StageTwoRow } from "./stage_two.ts";

/** Rows that verdicts are judged by, and figures drawn from. */
export interface Evidence {
  /** The best teams, by type of questions and price of tokens. */
  readonly best: readonly BestRow[];
  /** First stages. */
  readonly first: readonly StageOneRow[];
  /** Second stages. */
  readonly second: readonly StageTwoRow[];
  /** Rows of the teams that the learned ones are compared with. */
  readonly baselines: readonly BaselineRow[];
  /** Utility of the best graph that is the same for all questions. */
  readonly bestFixed: number;
  /** Links by policy gradient. */
  readonly policies: readonly PolicyRow[];
  /** Best teams under changes of the world. */
  readonly changes: readonly ChangeRow[];
  /** Teams of nine. */
  readonly nine: readonly NineRow[];
  /** The cheapest teams that are good enough. */
  readonly prices: readonly PriceRow[];
  /** Answers of a language model, by way to ask; none where it was not asked. */
  readonly chats: readonly ChatRow[];
  /** The released corpora; none where they are not on this machine. */
  readonly corpora: readonly CorpusRow[];
  /** The released networks against their references; none where either is not on this machine. */
  readonly parity: readonly ParityRow[];
  /** The released networks trained anew; none where the corpora are not on this machine. */
  readonly retrained: readonly RetrainRow[];
}

/**
 * The evidence in the results of an experiment; units that failed are left out.
 *
 * @throws Error where the baselines have no result
 */
export function evidenceOf(units: AgpUnits, results: Results<unknown>): Evidence {
  const all = <Row>(units: readonly Unit<unknown, Row>[]) => units.flatMap((unit) => results.rowsOf(unit));
  const baselines = results.rowsOf(units.baselines);
  const fixed = baselines.find(({ name }) => name.startsWith(BEST_FIXED));
  if (!fixed) throw new Error("Cannot judge the teams: the baselines have no result; the run says why");
  return {
    best: all(units.enumerations),
    first: all(units.collections),
    second: all(units.trainings),
    baselines,
    bestFixed: fixed.utility,
    policies: all(units.policies),
    changes: all(units.changes),
    nine: results.rowsOf(units.nine),
    prices: all(units.prices),
    chats: all(units.chats),
    corpora: all(units.corpora),
    parity: all(units.parity),
    retrained: all(units.retrained),
  };
}

/** Which of the second stages are meant. */
export type Which = Partial<Pick<StageTwoRow, "network" | "labels" | "execution" | "embeddings">>;

/**
 * Rows of second stages with the pool in its own order and tokens at their own price, unless said otherwise;
 * by seed.
 */
export function rowsWhere(
  rows: readonly StageTwoRow[],
  { network = "directed", labels = "first stage", execution = "decoded", embeddings }: Which,
): StageTwoRow[] {
  return rows.filter((row) =>
    row.network === network && row.labels === labels && row.execution === execution &&
    row.embeddings === embeddings && !row.order && row.tokenPrice === undefined
  );
}
