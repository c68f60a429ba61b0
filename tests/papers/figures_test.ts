/** The figures of all papers: what they are asked for in their options, they know. */
import assert from "node:assert/strict";
import { filesIn, ROOT } from "../files_in.ts";

/** Figures whose last argument is no object of options. */
const WITHOUT_OPTIONS = new Set(["publishedSteps", "sampleImages"]);

Deno.test("a figure of a paper refuses an option that it does not know, before it draws", async () => {
  const files = [...filesIn("lib/papers", ".ts")].filter((path) => /\/figures?\.ts$/.test(path));
  assert.ok(files.length >= 8, `${files}`);
  let figures = 0;
  for (const path of files) {
    const exported: Record<string, unknown> = await import(new URL(path, ROOT).href);
    const [folder] = /^lib\/papers\/\w+/.exec(path)!;
    const door: Record<string, unknown> = await import(new URL(`${folder}/mod.ts`, ROOT).href);
    for (const [name, figure] of Object.entries(exported)) {
      if (typeof figure !== "function" || door[name] !== figure) continue;
      if (figure.length === 0 || WITHOUT_OPTIONS.has(name)) continue;
      figures++;
      // An empty list is nothing to draw, whatever it is meant to be: rows, evidence or a plan.
      const before = Array.from({ length: figure.length - 1 }, () => []);
      assert.throws(() => figure(...before, { sorce: "a run" }), {
        name: "TypeError",
        message: new RegExp(`^Cannot call ${name} with option "sorce": `),
      }, `${path}: ${name}`);
    }
  }
  assert.ok(figures > 50, `only ${figures} figures were found`);
});
