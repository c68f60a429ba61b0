import assert from "node:assert/strict";
import { collapsePoints, examined } from "../../../lib/papers/compressed_lrm/examined.ts";
import {
  accuracyAgainstBits,
  allocationFigure,
  allocationMap,
  collapseCurves,
  collapseFigure,
  lengthFigure,
  perplexityAgainstBits,
  sensitivityMap,
} from "../../../lib/papers/compressed_lrm/figures.ts";
import { asked, evidenceOf, TRUE } from "./world.ts";

Deno.test("Compressed models: figures show what the rows say", () => {
  const { asked: rows, texts: measured, sensitivity: alone, allocations: spent } = evidenceOf(TRUE);
  const source = { source: "rows made for a test" };
  const networks = examined(asked(TRUE));
  const points = networks.flatMap(collapsePoints);
  for (
    const figure of [
      accuracyAgainstBits(networks, source),
      collapseCurves(networks, "sparsegpt", source),
      collapseFigure(points, source),
      lengthFigure(rows, source),
      sensitivityMap(alone, source),
      perplexityAgainstBits(measured, source),
      allocationMap(spent[0]!, source),
      allocationFigure(spent, source),
    ]
  ) {
    assert.ok(figure.svg.startsWith("<svg") && figure.svg.includes("rows made for a test"));
    assert.ok(!figure.svg.includes("NaN"), figure.svg.slice(0, 300));
  }
});

Deno.test("Compressed models: a line joins levels of one method, at one width, or of all networks", () => {
  const source = { source: "rows made for a test" };
  const narrow = asked(TRUE);
  // Equal bytes are other levels at another width.
  const wide = narrow.map((row) => ({ ...row, hidden: 128, bits: row.bits * 1.1 }));
  const both = accuracyAgainstBits(examined([...narrow, ...wide]), source).svg;
  for (const width of [64, 128]) assert.ok(both.includes(`width ${width}`), `${width}`);
  assert.ok(!accuracyAgainstBits(examined(narrow), source).svg.includes("width "));

  const between = wide.filter(({ setting }) => setting.method === "sparsegpt" && setting.sparsity === 0.5)
    .map((row) => ({ ...row, setting: { method: "sparsegpt", sparsity: 0.4567 } as const }));
  const figure = (rows: typeof narrow) => collapseCurves(examined(rows), "sparsegpt", source).svg;
  assert.equal(figure([...narrow, ...wide, ...between]), figure([...narrow, ...wide]));

  const { texts: [first] } = evidenceOf(TRUE);
  const settings = [{ sparsity: 0.5 }, { sparsity: 0.5, bits: 4 }] as const;
  const rows = settings.map((own, i) => ({
    ...first!,
    setting: { method: "sparsegpt", ...own } as const,
    bits: 9 - 4 * i,
  }));
  assert.ok(perplexityAgainstBits(rows, source).svg.includes("SparseGPT and 4 bits"));
});
