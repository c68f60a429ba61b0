import { match, ok, strictEqual } from "node:assert/strict";
import { parseHTML } from "../../lib/plot/deps.ts";
import type { Table } from "../../lib/plot/table.ts";
import { verdictLine, verdictTable } from "../../lib/plot/verdicts.ts";
import { verdict } from "../../lib/statistics/verdict.ts";

function shown(value: unknown): Record<string, string> {
  return (value as Record<symbol, () => Record<string, string>>)[Symbol.for("Jupyter.display")]!();
}

const text = (value: Table) => shown(value)["text/plain"]!.split("\n");

const cells = (value: Table, selector = "td") =>
  [...parseHTML(shown(value)["text/html"]!).document.querySelectorAll(selector)] as unknown as HTMLElement[];

/** A claim with rows that say it, and with rows that say the opposite. */
const judged = (sign: number) =>
  verdict({
    claim: "<ISS-P> beats one-shot pruning",
    effect: [0.21, 0.26, 0.17, 0.24].map((gain) => sign * gain),
    unit: "dB",
  });

Deno.test("a verdict is a line with sign and word that follows the rows", () => {
  const yes = shown(verdictLine(judged(1)));
  match(
    yes["text/plain"]!,
    /^✔ Holds: <ISS-P> beats one-shot pruning\. Measured: 0\.22 dB over 4 seeds \(deviation 0\.04\)/,
  );
  match(yes["text/html"]!, /✔ Holds:<\/b> &#60;ISS-P&#62;/);
  match(shown(verdictLine(judged(-1)))["text/plain"]!, /^✘ Does not hold: /);
  match(
    shown(verdictLine(verdict({ claim: "c", effect: [1] })))["text/plain"]!,
    /^\? Not decided with so few seeds: /,
  );
});

Deno.test("the table of verdicts has a line each and counts them", () => {
  const all = verdictTable([
    judged(1),
    judged(-1),
    verdict({ claim: "later", effect: [] }),
    verdict({ claim: "count", effect: 3, threshold: 2 }),
  ]);
  const lines = text(all);
  strictEqual(lines.length, 8);
  match(lines[3]!, /^✔ holds +<ISS-P>.*0\.22 dB \(0\.16 to 0\.28\) +at least 0 dB +4/);
  match(lines[4]!, /^✘ does not hold .*−0\.22 dB \(−0\.28 to −0\.16\)/);
  match(lines[5]!, /^\? not decided with so few seeds +later +not measured here/);
  match(lines[6]!, /count +3 +at least 2 +any/);
  strictEqual(lines[7], "2 hold, 1 does not hold, 1 not decided with so few seeds");
  ok(cells(all).every((cell) => !cell.innerHTML.includes("<ISS")));
});
