import assert from "node:assert/strict";
import { writeNotebook } from "../../kernels/jupyter/runner/notebook.ts";
import { KERNEL_NAME } from "../../kernels/jupyter/kernelspec.ts";
import { required } from "../data.ts";
import { chromiumPath } from "../browser.ts";
import { noKernel } from "./kernel.ts";
import { type LabPage, openInLab } from "./lab_page.ts";

// As for the other test in a browser.
const ignore = !required("jupyter") || noKernel || !chromiumPath;

const [mod, jupyter, downloads] = ["mod.ts", "kernels/jupyter/mod.ts", "lib/data/download.ts"].map((path) =>
  new URL(`../../${path}`, import.meta.url).href
);

/** A file of which a server gives a half, and the other half to whoever asks again. */
const FILE = new Uint8Array(200_000).map((_, i) => i);

function serveHalves(): { address: string; ranges: (string | null)[]; end(): Promise<void> } {
  const ranges: (string | null)[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ headers }) => {
    ranges.push(headers.get("range"));
    const from = Number(/\d+/.exec(headers.get("range") ?? "0"));
    if (from > 0) {
      const range = `bytes ${from}-${FILE.length - 1}/${FILE.length}`;
      return new Response(FILE.slice(from), { status: 206, headers: { "content-range": range } });
    }
    return new Response(
      new ReadableStream({ start: (body) => body.enqueue(FILE.slice(0, FILE.length / 2)) }), // and no more
    );
  });
  return {
    address: `http://127.0.0.1:${server.addr.port}/file.bin`,
    ranges,
    end: () => server.shutdown(),
  };
}

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
  download: "",
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
  async "a stopped download keeps what came, and fetches the rest when its cell is run again"(lab) {
    await lab.run(at("download"));
    await lab.outputOf(at("download"), "half");
    await lab.stop();
    await lab.outputOf(at("download"), "Interrupted: stopped after");
    await lab.run(at("download"));
    await lab.outputOf(at("download"), "200000 bytes are there");
    assert.deepEqual(server.ranges, [null, `bytes=${FILE.length / 2}-`]);
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
  async "contextual help follows the cursor"(lab) {
    await lab.choose("Help", "Show Contextual Help");
    await lab.cell(at("call")).locator(".cm-content").click();
    const help = lab.page.locator(".jp-Inspector", { hasText: "Rounds a number of channels up" });
    for (const key of ["Home", "ArrowRight", "ArrowRight"]) await lab.page.keyboard.press(key);
    await help.waitFor({ timeout: 30_000 });
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
  async "memory and processor time are shown: of all below, of the cells' process in a panel"(lab) {
    const bar = (text: RegExp) => lab.page.locator("#jp-main-statusbar", { hasText: text }).waitFor();
    await bar(/CPU: *[0-9.]+ *%/);
    await bar(/Mem: *[0-9.]+ .B/);
    await lab.page.keyboard.press("Control+S");
    const usage = lab.page.locator(".jp-KernelUsage-content", {
      hasText: /CPU: [0-9.]+[^]*Memory: [0-9.]+ .B/,
    });
    // The panel stays empty in a page in which it was never there, and in one that knows the kernel too late.
    for (let pages = 1; pages <= 3; pages++) {
      await lab.page.reload();
      await lab.cell(0).waitFor();
      const shown = usage.waitFor({ state: "attached", timeout: 25_000 });
      if (await shown.then(() => true, () => false)) return;
    }
    assert.fail("the panel shows nothing of the kernel, in three pages");
  },
};

/** Folder for a picture of each step, for whoever wants to look. */
const PICTURES = Deno.env.get("ESPALIER_PICTURES");
let server: ReturnType<typeof serveHalves>;

Deno.test("the kernel in JupyterLab in a browser, in the dark theme", { ignore }, async (t) => {
  const folder = await Deno.makeTempDir();
  server = serveHalves();
  try {
    CELLS.download = await downloadCell(server.address);
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
      if (PICTURES) await lab.page.screenshot({ path: `${PICTURES}/${name.replaceAll(/\W+/g, "-")}.png` });
    }
  } finally {
    await server.end();
    await Deno.remove(folder, { recursive: true });
  }
});

async function downloadCell(address: string): Promise<string> {
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", FILE)).toHex();
  const file = JSON.stringify({ name: "file.bin", bytes: FILE.length, sha256, addresses: [address] });
  return `import { download } from "${downloads}";
const path = await download(${file}, ".", { progress: { start() {}, close() {}, step(done: number) {
  if (done === ${FILE.length / 2}) console.log("half");
} } });
console.log(Deno.statSync(path).size, "bytes are there");`;
}
