import assert from "node:assert/strict";
import { writeNotebook } from "../../kernels/jupyter/runner/notebook.ts";
import { KERNEL_NAME } from "../../kernels/jupyter/kernelspec.ts";
import { required } from "../data.ts";
import { chromiumPath } from "../browser.ts";
import { noKernel } from "./kernel.ts";
import { type LabPage, openInLab } from "./lab_page.ts";

// As for the other test in a browser.
const ignore = !required("jupyter") || noKernel || !chromiumPath;

const [mod, jupyter] = ["mod.ts", "kernels/jupyter/mod.ts"].map((path) =>
  new URL(`../../${path}`, import.meta.url).href
);

const CELLS = {
  loop: 'console.log("begun"); while (true);',
  broken: "const broken = ;",
  typed: `/** Rounds a number of channels up. */
function widen(channels: number, roundTo = 8) { return Math.ceil(channels / roundTo) * roundTo; }
widen("12");
await new Promise(() => {});`,
  call: "widen(12)",
  word: "const text = 'abc'; text.toUpp",
  data: `import { fit, proceduralImages, resnetCifar, toExamples } from "${mod}";
const data = toExamples(proceduralImages({ train: 16, test: 0 }).train);
const model = resnetCifar({ depth: 20, widths: [4, 4, 4] });
let stopAt = Infinity;
const controller = new AbortController();
const progress = { start() {}, close() {}, step(done: number, note = "") {
  if (note === "resumed") { console.log("goes on"); stopAt = done + 3; }
  if (done === 4) console.log("trains");
  if (done === stopAt) controller.abort(new Error("enough"));
} };`,
  train:
    'await fit(model, data, { epochs: 5000, batchSize: 8, progress, checkpoint: "run", signal: controller.signal });',
  slider: `import { range, view } from "${jupyter}";
await view(range([0, 1], { value: 0.25, step: 0.05, label: "share" }), (share) => "a figure of " + share.toFixed(2));`,
  dies: "Deno.exit(3)",
  after: "1 + 1",
};
const at = (name: keyof typeof CELLS) => Object.keys(CELLS).indexOf(name);

/** What is done in JupyterLab, one after the other. */
const STEPS: Record<string, (lab: LabPage) => Promise<void>> = {
  async "the stop button stops a loop, and the cell says how to go on"(lab) {
    await lab.run(at("loop"));
    await lab.outputOf(at("loop"), "begun");
    await lab.stop();
    await lab.outputOf(at("loop"), /Interrupted: stopped after .* run the cell again to go on/);
  },
  async "a cell that does not parse shows its line"(lab) {
    await lab.run(at("broken"));
    await lab.outputOf(at("broken"), "SyntaxError: Expression expected");
  },
  async "a stopped training goes on when its cell is run again"(lab) {
    await lab.run(at("data"));
    await lab.run(at("train"));
    await lab.outputOf(at("train"), "trains", 120);
    await lab.stop();
    await lab.outputOf(at("train"), "Interrupted: stopped after");
    await lab.run(at("train"));
    await lab.outputOf(at("train"), /goes on[^]*Error: enough/);
  },
  async "a type error is a warning, at the latest while the cell runs"(lab) {
    await lab.run(at("typed"));
    await lab.outputOf(at("typed"), /Warning: Argument of type 'string' is not assignable[^]*widen\("12"\)/);
    await lab.stop();
    await lab.outputOf(at("typed"), "Interrupted: stopped after");
  },
  async "Shift-Tab shows the doc comment, Tab completes"(lab) {
    await lab.cell(at("call")).locator(".cm-content").click();
    await lab.page.keyboard.press("Home");
    await lab.page.keyboard.press("Shift+Tab");
    const tip = lab.page.locator(".jp-Tooltip", { hasText: "Rounds a number of channels up" });
    await tip.waitFor({ timeout: 30_000 });
    assert.match((await tip.textContent())!, /widen\(channels: number, roundTo\?: number\): number/);
    await lab.page.keyboard.press("Escape");
    await lab.cell(at("word")).locator(".cm-content").click();
    await lab.page.keyboard.press("Control+End");
    await lab.page.keyboard.press("Tab");
    const completed = lab.page.locator(".jp-Completer, .cm-content", { hasText: "toUpperCase" });
    await completed.first().waitFor({ timeout: 30_000 });
    await lab.page.keyboard.press("Escape");
  },
  async "a slider draws its figure again in place"(lab) {
    await lab.run(at("slider"));
    await lab.outputOf(at("slider"), "a figure of 0.25");
    await lab.page.locator(".noUi-handle").focus();
    for (let i = 0; i < 4; i++) await lab.page.keyboard.press("ArrowRight");
    const text = await lab.outputOf(at("slider"), "a figure of 0.45");
    assert.doesNotMatch(text, /0\.25/);
  },
  async "the theme is dark, and so is what the slider stands on"(lab) {
    const light = (locator: string) =>
      lab.page.locator(locator).first().evaluate((element) => {
        const [, ...rgb] = /(\d+), (\d+), (\d+)/.exec(getComputedStyle(element).color)!;
        return rgb.reduce((sum, part) => sum + Number(part), 0) / 3;
      });
    assert.equal(await lab.page.locator("body").getAttribute("data-jp-theme-light"), "false");
    assert.ok(await light(".widget-label") > 128, "its words are light");
  },
  async "a process that dies is told, and cells run again"(lab) {
    await lab.run(at("dies"));
    await lab.outputOf(at("dies"), /KernelDied: .*exit code 3.*its variables are lost/);
    const dialog = lab.page.locator(".jp-Dialog", { hasText: "Kernel Restarting" });
    await dialog.locator("button").click();
    await lab.run(at("after"));
    await lab.outputOf(at("after"), "2");
  },
};

Deno.test("the kernel in JupyterLab in a browser, in the dark theme", { ignore }, async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    const cells = Object.entries(CELLS).map(([id, source]) => ({
      cell_type: "code" as const,
      id,
      metadata: {},
      source,
      outputs: [],
      execution_count: null,
    }));
    const kernelspec = { name: KERNEL_NAME, display_name: "Espalier", language: "typescript" };
    const notebook = { nbformat: 4 as const, nbformat_minor: 5, metadata: { kernelspec }, cells };
    await writeNotebook(`${folder}/kernel.ipynb`, notebook);
    await using lab = await openInLab(`${folder}/kernel.ipynb`, { dark: true });
    for (const [name, step] of Object.entries(STEPS)) {
      const isDone = await t.step(name, () => step(lab));
      if (!isDone) await lab.page.screenshot({ path: `${folder}-failed.png` });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
