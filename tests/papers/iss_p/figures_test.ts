import assert from "node:assert/strict";
import * as figures from "../../../lib/papers/iss_p/figures.ts";
import { METHODS } from "../../../lib/papers/iss_p/methods.ts";
import { PUBLISHED_CROPS } from "../../../lib/papers/iss_p/published.ts";
import { edsrTiny } from "../../../lib/nn/edsr_tiny.ts";
import { storageComparison } from "../../../lib/papers/iss_p/storage.ts";
import { select } from "../../plot/select.ts";
import { assertDrawn } from "../drawn.ts";
import { evidence, RIVALS, TRUE } from "./world.ts";

const source = "a test";
const { rows: bare, latency, bicubic } = evidence(TRUE, [0, 1, 2]);
const rows = bare.map((row) => ({
  ...row,
  log: [100, 800, 1000].map((step) => ({
    step,
    loss: 1 / step,
    turnover: step / 2000,
    validation: 30 + step / 1000,
    gradients: { head: 0.01, tail: 0.02 },
  })) as never,
}));
const dots = (figure: Parameters<typeof select>[0]) =>
  select(figure, "[aria-label=dot] path, [aria-label=dot] circle").length;

Deno.test("each method has a point at each sparsity, its mean over seeds, beside bicubic interpolation", async () => {
  const figure = figures.psnrAgainstSparsity(rows, { source, bicubic });
  await assertDrawn(figure, ["bicubic", METHODS["one-shot"].label, source]);
  assert.equal(dots(figure), RIVALS.length * 2);
  assert.deepEqual(select(figure, "text.panel").map(({ textContent }) => textContent), [
    "sparsity 0.9",
    "sparsity 0.95",
  ]);
  const pairs = figures.pairedDifferenceFigure(rows, { source });
  await assertDrawn(pairs, ["sparsity 0.9", "sparsity 0.95"]);
  // One dot for each seed of each other method at each sparsity.
  assert.equal(dots(pairs), 3 * (RIVALS.length - 1) * 2);
});

Deno.test("what happened on the way is a curve for each method", async () => {
  for (
    const figure of [
      figures.turnoverFigure(rows, { source }),
      figures.lossFigure(rows, { source }),
      figures.validationFigure(rows, { source, validated: "images kept apart" }),
    ]
  ) {
    await assertDrawn(figure, [METHODS.iht.label]);
    assert.equal(select(figure, "[aria-label=line] path").length, RIVALS.length);
  }
  const gradients = figures.gradientFigure(rows, { source });
  await assertDrawn(gradients, [METHODS.iht.label]);
  assert.equal(dots(gradients), 2 * RIVALS.length);
});

Deno.test("α, time and sizes are drawn from their rows", async () => {
  const soft = rows.filter(({ method }) => ["iss-p", "iht", "one-shot"].includes(method));
  await assertDrawn(figures.alphaFigure(soft, { source, suggested: 0.995 }), [source]);
  await assertDrawn(figures.alphaTurnoverFigure(soft, { source }), [source]);
  const timed = figures.latencyFigure(latency, { source } as never);
  await assertDrawn(timed, ["zeros, run densely"]);
  assert.ok(dots(timed) >= latency.length);
  const sizes = storageComparison(edsrTiny(), { name: "EDSR-tiny", sparsities: [0.5, 0.9] });
  await assertDrawn(figures.storageFigure(sizes, { source }), [source]);
});

Deno.test("published crops are all in their figure", async () => {
  const figure = figures.publishedCropsFigure();
  const regions = new Set(PUBLISHED_CROPS.rows.map(({ region }) => region));
  await assertDrawn(figure, [...regions].slice(0, 1));
});
