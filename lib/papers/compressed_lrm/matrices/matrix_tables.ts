import { mean, summarize } from "../../../statistics/describe.ts";
import { accuracyOf } from "../examined.ts";
import type { AskedRow } from "../asked.ts";
import type { AttributionRow } from "./attributed.ts";
import { QUESTION_NAMES } from "../figures.ts";
import { PROTECTION_NAMES } from "./matrix_figures.ts";
import { QUESTIONS } from "../language.ts";
import { shortName } from "./matrix_name.ts";
import type { ProtectionRow } from "./protection.ts";
import { relativeOf } from "./relative_importance.ts";
import { labelOf } from "../setting.ts";
import type { Line } from "../summary.ts";

/** What ranks first for each behaviour, and how its direction lies to the next behaviour's. */
export function attributionTable(rows: readonly AttributionRow[]): Line[] {
  return rows.map((row) => {
    const ranked = Object.entries(relativeOf(row)).toSorted(([, a], [, b]) => b - a);
    return {
      subject: row.subject,
      setting: labelOf(row.setting),
      behaviour: row.behaviour,
      parts: row.parts,
      "the first three": ranked.slice(0, 3).map(([weight]) => shortName(weight)).join(", "),
      "the first (%)": 100 * ranked[0]![1],
      "the last (%)": 100 * ranked.at(-1)![1],
      "cosine with the other behaviour": row.cosine,
    };
  });
}

/** Accuracies of a probe with one matrix rounded alone, beside its ranks for facts and for chains. */
export function aloneTable(
  alone: readonly AskedRow[],
  dense: readonly AskedRow[],
  attributed: readonly AttributionRow[],
): Line[] {
  const ranks = (behaviour: string) => {
    const row = attributed.find((one) =>
      one.subject === "probe" && one.setting.method === "dense" && one.behaviour === behaviour
    );
    const shares = row ? Object.entries(relativeOf(row)).toSorted(([, a], [, b]) => b - a) : [];
    return new Map(shares.map(([weight], i) => [weight, i + 1]));
  };
  const [facts, chains] = [ranks("facts"), ranks("chains")];
  const line = (rows: readonly AskedRow[]) =>
    Object.fromEntries(
      QUESTIONS.flatMap((question) => {
        const row = rows.find((one) => one.question === question);
        return row ? [[QUESTION_NAMES[question], accuracyOf(row)]] : [];
      }),
    );
  const byMatrix = Map.groupBy(alone, ({ setting }) => setting.method === "dense" ? "" : setting.alone ?? "");
  return [
    { rounded: "none", "rank for facts": undefined, "rank for chains": undefined, ...line(dense) },
    ...[...byMatrix].map(([weight, rows]) => ({
      rounded: shortName(weight),
      "rank for facts": facts.get(weight),
      "rank for chains": chains.get(weight),
      ...line(rows),
    })),
  ];
}

/** Perplexities by what was kept at 16 bits. */
export function protectionTable(rows: readonly ProtectionRow[]): Line[] {
  return [...Map.groupBy(rows, ({ rule }) => rule)].map(([rule, own]) => ({
    "at 16 bits": PROTECTION_NAMES[rule],
    "matrices": rule === "random" ? "" : own[0]!.kept.map(shortName).join(", "),
    "of the weights (%)": 100 * mean(own.map(({ share }) => share)),
    "bits a weight, scales aside": mean(own.map(({ spent }) => spent)),
    perplexity: own.length > 1
      ? summarize(own.map(({ losses }) => Math.exp(mean(losses))))
      : Math.exp(mean(own[0]!.losses)),
  }));
}
