import { printable } from "../printable.ts";
import { writeSignificant } from "../statistics/digits.ts";
import { oneOf, type Outcome, type Verdict, writeEffect } from "../statistics/verdict.ts";
import { escapeXml } from "./escape_xml.ts";
import { Table } from "./table.ts";

/** Symbol and colour of an outcome, whose word always stands beside them, and the word for several claims. */
const LOOKS: Readonly<Record<Outcome, { symbol: string; color: string; several: string }>> = {
  "holds": { symbol: "✔", color: "#2a9d6f", several: "hold" },
  "does not hold": { symbol: "✘", color: "#d13c14", several: "do not hold" },
  "not decided with so few seeds": {
    symbol: "?",
    color: "#c8862a",
    several: "not decided with so few seeds",
  },
};

/** An outcome as symbol and words: `✔ holds`; `per` is what there are too few of. */
export function writeOutcome(outcome: Outcome, per = "seeds"): string {
  return `${LOOKS[outcome].symbol} ${outcome.replace("seeds", per)}`;
}

/** A verdict as a line of its own, as a cell's last value: the outcome, the claim, and what was measured. */
export function verdictLine(judged: Verdict): { [display: symbol]: () => unknown } {
  const { claim, outcome, sentence, per } = judged;
  const { symbol, color } = LOOKS[outcome];
  const word = (outcome[0]!.toUpperCase() + outcome.slice(1)).replace("seeds", per);
  const text = `${symbol} ${word}: ${claim}. Measured: ${sentence}.`;
  const html = `<div style="border-left:4px solid ${color};padding:4px 0 4px 10px;margin:6px 0">` +
    `<b>${symbol} ${word}:</b> ${escapeXml(claim)}.<br>` +
    `<span style="opacity:0.8">Measured: ${escapeXml(sentence)}.</span></div>`;
  return {
    [Symbol.for("Jupyter.display")]: () => ({ "text/plain": text, "text/html": html }),
    [Symbol.for("Deno.customInspect")]: () => printable(text),
  };
}

/** A verdict, and what it means, for each way that it could have gone. */
export type Finding = readonly [judged: Verdict, meaning: Readonly<Record<Outcome, string>>];

/**
 * Conclusions from verdicts, as a list, as a cell's last value: of each finding the sentence that its outcome
 * chooses.
 */
export function findings(found: readonly Finding[]): { [display: symbol]: () => unknown } {
  const lines = found.map(([{ outcome }, meaning]) => `${LOOKS[outcome].symbol} ${meaning[outcome]}`);
  const text = lines.join("\n");
  const html = `<ul style="list-style:none;padding-left:0">${
    lines.map((line) => `<li>${escapeXml(line).replaceAll(/`([^`]+)`/g, "<code>$1</code>")}</li>`).join("")
  }</ul>`;
  return {
    [Symbol.for("Jupyter.display")]: () => ({ "text/plain": text, "text/html": html }),
    [Symbol.for("Deno.customInspect")]: () => printable(text),
  };
}

/**
 * All verdicts of a notebook: a line each with the outcome, what was measured and the interval of it, what
 * the claim asks for, and the seeds.
 */
export function verdictTable(
  judged: readonly Verdict[],
  title = "What is claimed, and whether it holds here",
): Table {
  const rows = judged.map((each) => {
    const { claim, outcome, spread, seeds, per, threshold, direction, unit } = each;
    const units = unit && ` ${unit}`;
    const { mean, range } = writeEffect(each);
    return [
      writeOutcome(outcome, per),
      claim,
      seeds > 0 ? mean + units + (range ? ` (${range})` : "") : "not measured here",
      `${direction} ${writeSignificant(threshold)}${units}`,
      spread === 0 && seeds === 1
        ? "any"
        : per === "seeds"
        ? seeds
        : `${seeds} ${seeds === 1 ? oneOf(per) : per}`,
    ];
  });
  const counts = Object.entries(LOOKS).map(([outcome, { several }]) => {
    const count = judged.filter((each) => each.outcome === outcome).length;
    return { count, words: `${count} ${count === 1 ? outcome : several}` };
  });
  return new Table(["verdict", "claim", "measured (interval)", "asked for", "seeds"], rows, {
    title,
    caption: counts.filter(({ count }) => count > 0).map(({ words }) => words).join(", "),
  });
}
