import assert from "node:assert/strict";
import type { RealRow } from "../../../lib/papers/axformer/real.ts";
import type { Way } from "../../../lib/papers/axformer/ways.ts";
import { realClaims } from "../../../lib/papers/axformer/real_claims.ts";

/** Rows of a task with three seeds, in which each way has some score and speed. */
function rowsWith(scores: Partial<Record<Way, readonly number[]>>, ratio: number): RealRow[] {
  return (Object.entries(scores) as [Way, readonly number[]][]).flatMap(([way, own]) =>
    own.map((score, seed) => ({
      ...{ way, seed, score, task: "sst2", keep: 0.85, encoder: "small", train: 1, validation: 1, epochs: 1 },
      ...{
        rate: 1e-4,
        pooling: "mean",
        metric: "accuracy",
        majority: 0.5,
        collapsed: false,
        parameters: 0.85,
      },
      ...{
        milliseconds: [2, 2 / ratio],
        seconds: 1,
        faster: { ratio: ratio + seed / 100, low: ratio, high: ratio },
      },
    }))
  );
}

const PLAIN = [0.8, 0.81, 0.82];
const RIVALS = { heads: [0.7, 0.7, 0.74], layers: [0.6, 0.75, 0.7], channels: [0.73, 0.72, 0.73] };
const shifted = (scores: readonly number[], by: number) => scores.map((score, i) => score + by + i / 1000);

Deno.test("claims on a real encoder hold where they are true, and do not where they are false", () => {
  for (const [sign, ratio, outcome] of [[1, 1.4, "holds"], [-1, 0.8, "does not hold"]] as const) {
    const best = [0.73, 0.75, 0.74];
    const verdicts = realClaims(rowsWith({
      ...{ plain: PLAIN, released: shifted(PLAIN, 0.02 * sign) },
      ...{ "least-loss": shifted(best, 0.03 * sign), ...RIVALS },
    }, ratio));
    assert.deepEqual(verdicts.map((each) => each.outcome), [outcome, outcome, outcome], String(sign));
    assert.match(verdicts[1]!.claim, /^Ours: on SST-2, at 85 % of the parameters, AxFormer is more accurate/);
    // Against the best rival of each seed, whichever that is.
    assert.ok(Math.abs(verdicts[1]!.effect - 100 * (0.03 * sign + 0.001)) < 1e-9);
  }
});

Deno.test("a task on which the released search was not run has the claims at equal size alone", () => {
  const verdicts = realClaims(rowsWith({ plain: PLAIN, "least-loss": PLAIN, ...RIVALS }, 1.4));
  assert.deepEqual(verdicts.map(({ claim }) => claim.split(":")[0]), ["Ours", "Ours"]);
});

Deno.test("where no encoder was run, nothing is claimed of one", () => assert.deepEqual(realClaims([]), []));

Deno.test("a way that failed with a seed takes that seed out of what it is compared with", () => {
  const rows = rowsWith(
    { plain: PLAIN, released: shifted(PLAIN, 0.01), "least-loss": PLAIN, ...RIVALS },
    1.4,
  );
  for (const { way, seed } of rows) {
    const rest = rows.filter((row) => row.way !== way || row.seed !== seed);
    const [released, rivals, faster] = realClaims(rest).map(({ seeds }) => seeds);
    assert.equal(released, way === "plain" || way === "released" ? 2 : 3, way);
    assert.equal(rivals, way in RIVALS || way === "least-loss" ? 2 : 3, way);
    assert.equal(faster, way === "least-loss" ? 2 : 3, way);
  }
});
