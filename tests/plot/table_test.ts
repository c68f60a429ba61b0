import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import { parseHTML } from "../../lib/plot/deps.ts";
import { type Table, table } from "../../lib/plot/table.ts";
import { summarize } from "../../lib/statistics/describe.ts";

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
});

Deno.test("a measured number never wraps, a sentence and a phrase without a number may", () => {
  const sentence = "the source prints another difference than its own columns give";
  const phrase = "? not decided with so few seeds";
  const row = {
    a: summarize([77.8, 60, 90]),
    b: sentence,
    c: phrase,
    d: "2.214 ± 0.031 nats of each",
    e: "holds",
  };
  const [number, words, few, asked, short] = cells(table([row]));
  for (const cell of [number, asked, short]) match(cell!.getAttribute("style")!, /white-space:nowrap/);
  for (const cell of [words, few]) doesNotMatch(cell!.getAttribute("style")!, /nowrap/);
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
