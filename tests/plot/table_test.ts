import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { parseHTML } from "../../lib/plot/deps.ts";
import { type Table, table } from "../../lib/plot/table.ts";
import { numberIn } from "../../lib/plot/table_cells.ts";
import { verdictLine, verdictTable } from "../../lib/plot/verdicts.ts";
import { summarize } from "../../lib/statistics/describe.ts";
import { verdict } from "../../lib/statistics/verdict.ts";

function shown(value: unknown): Record<string, string> {
  return (value as Record<symbol, () => Record<string, string>>)[Symbol.for("Jupyter.display")]!();
}
const text = (value: Table) => shown(value)["text/plain"]!.split("\n");
const cells = (value: Table, selector = "td") =>
  [...parseHTML(shown(value)["text/html"]!).document.querySelectorAll(selector)] as unknown as HTMLElement[];

const ROWS = [
  { method: "ISS-P", "accuracy (%)": summarize([92.1, 92.9, 93.17]), seconds: 12.34567 },
  { method: "none", "accuracy (%)": summarize([63.1, 77.8, 91.9]), seconds: 1234 },
  { method: "random", "accuracy (%)": summarize([89.4]), seconds: 0.5 },
];

Deno.test("numbers have the digits of their spread, their points and their ± one below the other", () => {
  deepStrictEqual(text(table(ROWS)), [
    "method  accuracy (%)   seconds",
    "──────  ────────────  ────────",
    "ISS-P    92.7 ±  0.6     12.35",
    "none     78   ± 14    1,234",
    "random   89.4             0.5",
  ]);
});

Deno.test("numbers in words are aligned as numbers, other words to the left", () => {
  const lines = text(table(["35.2 ± 0.14", "8 ± 12", "9.875", "–"].map((x) => ({ x, y: "a" })))).slice(2);
  deepStrictEqual(lines.map((line) => line.slice(0, 15).trimEnd()), [
    "35.2   ±  0.14",
    " 8     ± 12",
    " 9.875",
    "             –",
  ]);
  const left = table([{ x: "12 of 16" }, { x: "3" }]);
  match(cells(left)[0]!.getAttribute("style")!, /text-align:left/);
  deepStrictEqual(["−3.5 dB", "1,234", "92.7 ± 0.5 %", "x 3", ""].map(numberIn), [
    -3.5,
    1234,
    92.7,
    NaN,
    NaN,
  ]);
});

Deno.test("a measured number never wraps, a sentence may", () => {
  const sentence = "the source prints another difference than its own columns give";
  const [number, words] = cells(table([{ a: summarize([77.8, 60, 90]), b: sentence }]));
  match(number!.getAttribute("style")!, /white-space:nowrap/);
  doesNotMatch(words!.getAttribute("style")!, /nowrap/);
});

Deno.test("the best of a column is marked, by a sign too, and all that rounds to the same", () => {
  const rows = [{ a: 1, b: 3 }, { a: 2.00001, b: 2 }, { a: 2.00002, b: undefined }];
  const best = table(rows, { best: { a: "most", b: "least" } });
  deepStrictEqual(cells(best, "td b").map(({ textContent }) => textContent!.trim()), ["★ 2", "★ 2", "★ 2"]);
  deepStrictEqual(text(best).slice(2).map((line) => line.trim()), ["1    3", "★ 2  ★ 2", "★ 2"]);
  strictEqual(cells(table([{ a: 1 }], { best: { a: "most" } }), "td b").length, 0);
});

Deno.test("columns and rows that were folded away stand whole behind a disclosure; empty columns are not drawn", () => {
  const rows = [
    { method: "a", ours: 1, source: "table 1", empty: "" },
    { method: "b", ours: undefined, source: "table 2", empty: undefined },
    { method: "c", ours: undefined, source: "table 3" },
  ];
  const folded = table(rows, { foldColumns: ["source"], foldRows: ({ ours }) => ours === undefined });
  deepStrictEqual(text(folded), [
    "method  ours",
    "──────  ────",
    "a          1",
    "(1 column and 2 rows more)",
  ]);
  strictEqual(cells(folded, "details summary")[0]!.textContent, "1 column and 2 rows more");
  deepStrictEqual(
    cells(folded, "details th").map(({ textContent }) => textContent),
    ["method", "ours", "source"],
  );
  strictEqual(cells(folded, "details tbody tr").length, 3);
  strictEqual(cells(table(rows), "details").length, 0);
});

Deno.test("CSV has every column and every digit, quoted where it must be", () => {
  const rows = [{ "a,b": 'say "x"', v: summarize([1, 2]), e: "" }, {
    "a,b": "",
    v: summarize([1 / 3]),
    e: null,
  }];
  strictEqual(
    table(rows).csv(),
    `"a,b",v,v: deviation,e\r\n"say ""x""",1.5,${Math.SQRT1_2},\r\n,${1 / 3},,\r\n`,
  );
});

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
    /^✔ Holds: <ISS-P> beats one-shot pruning\. Measured: 0\.22\d? ± 0\.0\d+ dB over 4 seeds/,
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
  match(lines[3]!, /^✔ holds +<ISS-P>.*0\.22 ± 0\.04 dB +at least 0 dB +4/);
  match(lines[4]!, /^✘ does not hold .*−0\.22 ± 0\.04 dB/);
  match(lines[5]!, /^\? not decided with so few seeds +later +not measured here/);
  match(lines[6]!, /count +3 +at least 2 +any/);
  strictEqual(lines[7], "2 hold, 1 does not hold, 1 not decided with so few seeds");
  ok(cells(all).every((cell) => !cell.innerHTML.includes("<ISS")));
});
