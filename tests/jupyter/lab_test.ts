import assert from "node:assert/strict";
import { required } from "../data.ts";
import { chromiumPath } from "../browser.ts";
import { noKernel } from "./kernel.ts";
import { photographNotebook } from "./lab_screenshot.ts";

// Without Chromium it is skipped even where Jupyter is required: then it is the browser that is missing.
const ignore = !required("jupyter") || noKernel || !chromiumPath;

Deno.test("cells run in JupyterLab in a browser, and show what they drew", { ignore }, async () => {
  const seen = await photographNotebook(`${import.meta.dirname}/../notebooks/runner.ipynb`);
  const [, value, printed, bar, figure, source] = seen;
  assert.match(value!.text, /"none"/);
  assert.match(printed!.text, /one\s+two\s+three/);
  assert.match(bar!.text, /^counting: 3\/3, at 3/);
  assert.match(bar!.html, /role="progressbar"/);
  assert.match(figure!.html, /<svg|data:image\/svg\+xml/);
  assert.match(source!.text, /preset none · seed 1 · native · procedural/);
});
