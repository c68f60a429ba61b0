import assert from "node:assert/strict";
import * as claims from "../../../lib/papers/meta_pruning/claims.ts";
import { type MetaRow, VARIANTS } from "../../../lib/papers/meta_pruning/meta_row.ts";
import type { Verdict } from "../../../lib/statistics/verdict.ts";
import { rowsOf } from "./rows_of.ts";

const { meta, none, tuned, shrunk, sparse, free, untrained, even, metaEven, widths } = VARIANTS;

const OPEN = "not decided with so few seeds";

const at = (reduction: number) => (rows: readonly MetaRow[]) => claims.betterTrained(rows, reduction);

/** Networks of two data sets: fine-tuned only, with the metanetwork of their own data and with the other's. */
function acrossData(nets: number, { plain, own, foreign }: { plain: number; own: number; foreign: number }) {
  const sets = ["A", "B"];
  return sets.flatMap((data) => {
    const part = data === "A" ? "held-out" : "data";
    return [
      ...rowsOf(nets, { [tuned]: plain }, { part, data }),
      ...sets.flatMap((metaData) =>
        rowsOf(nets, { [meta]: metaData === data ? own : foreign }, {
          part: metaData === data ? part : "data",
          data,
          metaData,
        })
      ),
    ];
  });
}

/** Losses that go from the first to the last, for each metanetwork. */
function losses(seeds: number, from: number, to: number): MetaRow[] {
  return Array.from(
    { length: seeds },
    (_, metaSeed) =>
      [from, to + 0.01 * metaSeed].map((value, epoch): MetaRow => ({
        ...rowsOf(1, { [meta]: 0 })[0]!,
        part: "meta-training",
        metaSeed,
        epoch,
        stage: "loss",
        value,
      })),
  ).flat();
}

/** Each claim with rows in which it holds and rows made to say the opposite, for a number of networks. */
const WORLDS: readonly (readonly [
  judge: (rows: readonly MetaRow[]) => Verdict,
  holds: (nets: number) => MetaRow[],
  opposite: (nets: number) => MetaRow[],
])[] = [
  [
    claims.fallsLater,
    (n) => rowsOf(n, { [meta]: 70, [tuned]: 60 }),
    (n) => rowsOf(n, { [meta]: 60, [tuned]: 70 }),
  ],
  [
    claims.costsLittle,
    (n) => rowsOf(n, { [meta]: 69, [none]: 70 }),
    (n) => rowsOf(n, { [meta]: 60, [none]: 70 }),
  ],
  [
    claims.needsFineTuning,
    (n) => rowsOf(n, { [meta]: 60 }),
    (n) =>
      rowsOf(n, { [meta]: 60 }).map((row) =>
        row.stage === "changed" ? { ...row, value: row.value + 0.5 } : row
      ),
  ],
  [claims.lossRises, (n) => losses(n, 0.1, 2), (n) => losses(n, 2, 0.1)],
  ...[4, 8].map((x) =>
    [
      at(x),
      (n: number) => rowsOf(n, { [meta]: 70, [tuned]: 60 }),
      (n: number) => rowsOf(n, { [meta]: 60, [tuned]: 70 }),
    ] as const
  ),
  [
    claims.asGoodAsDepGraph,
    (n) => rowsOf(n, { [meta]: 70, [sparse]: 70 }),
    (n) => rowsOf(n, { [meta]: 65, [sparse]: 70 }),
  ],
  [
    claims.servesOtherArchitectures,
    (n) => rowsOf(n, { [meta]: 70, [tuned]: 60 }, { part: "transfer" }),
    (n) => rowsOf(n, { [meta]: 60, [tuned]: 70 }, { part: "transfer" }),
  ],
  [
    claims.servesOtherData,
    (n) => acrossData(n, { plain: 50, own: 50, foreign: 60 }),
    (n) => acrossData(n, { plain: 60, own: 70, foreign: 50 }),
  ],
  [
    claims.helpsSingleWeights,
    (n) => rowsOf(n, { [meta]: 70, [tuned]: 60 }, { part: "weights", cut: "90 %" }),
    (n) => rowsOf(n, { [meta]: 60, [tuned]: 70 }, { part: "weights", cut: "90 %" }),
  ],
  [
    claims.helpsPatterns,
    (n) => rowsOf(n, { [meta]: 70, [tuned]: 60 }, { part: "weights", cut: "2:4" }),
    (n) => rowsOf(n, { [meta]: 60, [tuned]: 70 }, { part: "weights", cut: "2:4" }),
  ],
  ...[claims.regulariserDoes, claims.regulariserDoesTrained].map((judge) =>
    [
      judge,
      (n: number) => rowsOf(n, { [meta]: 70, [shrunk]: 75 }),
      (n: number) => rowsOf(n, { [meta]: 70, [shrunk]: 60 }),
    ] as const
  ),
  [
    claims.fallsLaterThanSparse,
    (n) => rowsOf(n, { [meta]: 70, [sparse]: 60 }),
    (n) => rowsOf(n, { [meta]: 60, [sparse]: 70 }),
  ],
  [
    claims.nothingWithoutRegulariser,
    (n) => rowsOf(n, { [free]: 70, [tuned]: 70 }),
    (n) => rowsOf(n, { [free]: 60, [tuned]: 70 }),
  ],
  [
    claims.nothingUntrained,
    (n) => rowsOf(n, { [untrained]: 70, [tuned]: 70 }),
    (n) => rowsOf(n, { [untrained]: 80, [tuned]: 70 }),
  ],
  [
    claims.ordersBetter,
    (n) => rowsOf(n, { [metaEven]: 70, [even]: 60 }),
    (n) => rowsOf(n, { [metaEven]: 60, [even]: 70 }),
  ],
  [
    claims.widthsDo,
    (n) => rowsOf(n, { [widths]: 70, [meta]: 70 }),
    (n) => rowsOf(n, { [widths]: 60, [meta]: 70 }),
  ],
  [
    claims.ownDataNoBetter,
    (n) => acrossData(n, { plain: 50, own: 60, foreign: 60 }),
    (n) => acrossData(n, { plain: 50, own: 70, foreign: 60 }),
  ],
];

Deno.test("each claim holds where rows say so, flips with rows that say the opposite, and one seed decides none", () => {
  for (const [judge, holds, opposite] of WORLDS) {
    const { claim } = judge(holds(3));
    assert.equal(judge(holds(3)).outcome, "holds", claim);
    assert.equal(judge(opposite(3)).outcome, "does not hold", claim);
    if (judge === claims.servesOtherData || judge === claims.ownDataNoBetter) continue; // Two data sets are two networks.
    for (const one of [holds(1), opposite(1)]) {
      assert.deepEqual([judge(one).outcome, judge(one).seeds], [OPEN, 1], claim);
    }
  }
});

Deno.test("every claim is in the table, once, also where nothing was measured", () => {
  const rows = WORLDS.flatMap(([, holds]) => holds(3));
  const told = claims.verdictsOf(rows).map(({ claim }) => claim);
  assert.equal(new Set(told).size, told.length);
  for (const [judge] of WORLDS) assert.ok(told.includes(judge(rows).claim), judge(rows).claim);
  for (const { outcome, seeds } of claims.verdictsOf([])) assert.deepEqual([outcome, seeds], [OPEN, 0]);
  assert.equal(claims.claimTable(rows).rows.length, told.length);
  assert.match(Deno.inspect(claims.claimTable([])), /not measured here/);
});

Deno.test("an effect is one network's, the mean over its metanetworks", () => {
  const other = rowsOf(2, { [meta]: 80 }, { metaSeed: 2 });
  const { effect, seeds } = claims.fallsLater([...rowsOf(2, { [meta]: 70, [tuned]: 60 }), ...other]);
  assert.ok(seeds === 2 && Math.abs(effect - 15) < 0.2);
});

Deno.test("what would decide is told of open claims, and of the regulariser that does as well", () => {
  const rows = rowsOf(3, { [meta]: 70, [shrunk]: 75, [tuned]: 70 });
  const { columns, rows: lines } = claims.claimTable(rows);
  const decide = (verdict: Verdict) =>
    lines.find((line) => line[columns.indexOf("claim")] === verdict.claim)![columns.indexOf("seeds")];
  assert.equal(decide(claims.regulariserDoes(rows)), "3 networks; larger ones would decide");
  const verdict = claims.fallsLater(rows);
  const more = verdict.needed === undefined ? "" : `; about ${verdict.needed} would decide`;
  assert.equal(decide(verdict), `3 networks${more}`);
});
