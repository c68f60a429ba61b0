/** The page in Chromium, from a file that is dropped to one that is downloaded. */
import assert from "node:assert/strict";
import { saveSparse } from "../../lib/sparse/pack/save_sparse.ts";
import { inFolder } from "../in_folder.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import type { Tensor } from "../../lib/tensor/tensor.ts";
import { chromiumPath } from "../browser.ts";
import { required } from "../data.ts";
import type { Tag } from "../../tasks/test_tags.ts";
import { tagged } from "../tags.ts";
import { type BuiltPage, builtPage, type OpenedPage } from "./page.ts";

const ignore = !chromiumPath && !required("webgpu");
/** Chromium keeps WebGPU for known GPUs, unless asked; its software adapter is on every machine. */
const GPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
let built: Promise<BuiltPage> | undefined;
const thePage = () => built ??= builtPage(GPU);

Deno.test.afterAll(async () => {
  await (await built?.catch(() => undefined))?.close();
});

function test(name: string, fn: () => Promise<void>, ...tags: readonly Tag[]): void {
  Deno.test({ name: tagged(name, "slow", ...tags), ignore, fn });
}

const model = resnetCifar({ depth: 20, widths: [16, 32, 64], seed: 3 });

/** Drops the model and waits for its plan. */
async function dropModel({ drop, idle, page }: OpenedPage): Promise<void> {
  await drop({ "small.onnx": model.toOnnx() });
  await page.locator("#work").waitFor();
  await page.locator("#costs .target").waitFor();
  await idle();
}

test("a model is dropped, planned, pruned, checked and downloaded, and is what prune gives", async () => {
  await using opened = await (await thePage()).open();
  const { page, idle, requests } = opened;
  await dropModel(opened);
  assert.equal(await page.locator("#kept").textContent(), "50 %");
  // By keys, as a mouse drags: every step is planned anew, or passed over.
  await page.locator("#keep").focus();
  for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.querySelector("#kept")!.textContent === "60 %");
  await idle();
  const plan = planPruning(model, { target: { macs: 0.6 } });
  const shown = await page.locator("#costs .target").textContent();
  assert.match(shown!, new RegExp(`${(100 * plan.after.macs / plan.before.macs).toFixed(1)} %`));
  const removed = plan.groups.reduce((sum, group) => sum + group.removed.length, 0);
  assert.match(
    (await page.locator("#summary").textContent())!,
    new RegExp(`^${removed} of \\d+ channels go`),
  );

  await page.locator("#prune").click();
  await page.locator("#results .wrote").waitFor();
  await page.locator("#check").click();
  const checked = await page.locator("#results .good").textContent();
  assert.match(checked!, /difference is (0|[\d.]+ · 10⁻[⁶-⁹]) of the largest output/);
  assert.match(checked!, navigator.hardwareConcurrency > 1 ? /WebAssembly, [2-8] threads/ : /1 thread/);
  await idle();
  const download = page.waitForEvent("download");
  await page.locator("#download").click();
  const file = await download;
  assert.equal(file.suggestedFilename(), "small-macs-60.onnx");
  const smaller = await loadModel((await file.path())!);
  assert.deepEqual(smaller.toOnnx(), prune(model, plan).toOnnx());

  // Nothing left the machine: files of the page alone were asked for, and nothing was sent.
  const origin = new URL(page.url()).origin;
  assert.ok(requests.some((request) => request.endsWith(".wasm")));
  for (const request of requests) {
    assert.match(request, new RegExp(`^GET (blob:)?${origin}/([\\w.-]*|[0-9a-f-]{36})$`));
  }
});

test("a plan that changes makes what was pruned stale, and another criterion plans anew", async () => {
  await using opened = await (await thePage()).open();
  const { page, idle } = opened;
  await dropModel(opened);
  await page.locator("#prune").click();
  await page.locator("#results .wrote").waitFor();
  assert.equal(await page.locator("#prune").isDisabled(), true);
  await page.locator("#criterion").selectOption("l1");
  await page.locator("#results .stale").waitFor();
  await idle();
  assert.equal(await page.locator("#prune").isDisabled(), false);
  await page.locator("#choices label", { hasText: "parameters" }).click();
  await page.locator("#costs .target", { hasText: "Parameters" }).waitFor();
  await idle();
  const plan = planPruning(model, { target: { parameters: 0.5 }, criterion: "l1" });
  const part = (100 * plan.after.parameters / plan.before.parameters).toFixed(1);
  assert.match((await page.locator("#costs .target").textContent())!, new RegExp(`${part} %`));
});

test("ranking that takes long is stopped, and the plan before holds", async () => {
  await using opened = await (await thePage()).open();
  const { page, drop, idle } = opened;
  await drop({ "wide.onnx": resnetCifar({ depth: 20, widths: [96, 160, 256] }).toOnnx() });
  await page.locator("#costs .target").waitFor();
  await idle();
  const before = await page.locator("#summary").textContent();
  await page.locator("#criterion").selectOption("fpgm");
  await page.locator("#stop").click();
  await idle();
  assert.equal(await page.locator("#criterion").inputValue(), "group-l2");
  assert.equal(await page.locator("#summary").textContent(), before);
  await page.locator("#prune").click();
  await page.locator("#results .wrote").waitFor();
  assert.equal(await page.locator("#results .stale").count(), 0);
});

test("a bad file is told of in a sentence, and what was open stays whole", async () => {
  await using opened = await (await thePage()).open();
  const { page, drop, idle } = opened;
  await drop({ "notes.onnx": new TextEncoder().encode("not a model at all") });
  await page.locator("#error").waitFor();
  assert.match((await page.locator("#error").textContent())!, /^Cannot read notes\.onnx: .+\.$/);
  assert.equal(await page.locator("#work").isVisible(), false);
  await dropModel(opened);
  assert.equal(await page.locator("#error").isVisible(), false);
  const before = await page.locator("#work").innerHTML();
  await drop({ "cut.onnx": model.toOnnx().slice(0, 5000) });
  await page.locator("#error").waitFor();
  await idle();
  assert.match((await page.locator("#error").textContent())!, /^Cannot read cut\.onnx: /);
  assert.equal(await page.locator("#work").innerHTML(), before);
  await page.locator("#prune").click();
  assert.match((await page.locator("#results .wrote").textContent())!, /^small-macs-50\.onnx/);
});

test("weights are opened with the network that they belong to", async () => {
  await using opened = await (await thePage()).open();
  const { page, drop, idle } = opened;
  const weights = Object.fromEntries(model.graph.initializers) as Record<string, Tensor>;
  await drop({ "weights.safetensors": encodeSafetensors(weights) });
  await page.locator("#weights").waitFor();
  await page.locator("#network-name").selectOption("cifar-resnet56");
  await page.locator("#weights button").click();
  await page.locator("#error", { hasText: "layer1.3.conv1.weight" }).waitFor();
  await page.locator("#network-name").selectOption("cifar-resnet20");
  await page.locator("#weights button").click();
  await page.locator("#costs .target").waitFor();
  await idle();
  assert.equal(await page.locator("#model-name").textContent(), "weights.safetensors");
  assert.equal(await page.locator("#weights").isVisible(), false);
});

test("a sparse file is opened by itself, and is asked for no network", async () => {
  await using opened = await (await thePage()).open();
  const { page, drop, idle } = opened;
  await inFolder(async (folder) => {
    await saveSparse(model, `${folder}/s.safetensors`);
    await drop({ "s.safetensors": Deno.readFileSync(`${folder}/s.safetensors`) });
  });
  await page.locator("#costs .target").waitFor();
  await idle();
  assert.equal(await page.locator("#model-name").textContent(), "s.safetensors");
  assert.equal(await page.locator("#weights").isVisible(), false);
});

test("what is dropped next clears what was said of the files before", async () => {
  await using opened = await (await thePage()).open();
  const { page, drop } = opened;
  await drop({ "model.gguf": new Uint8Array(40) });
  await page.locator("#error").waitFor();
  await drop({ "x.pth": new Uint8Array(40) });
  await page.locator("#weights").waitFor();
  assert.equal(await page.locator("#error").isVisible(), false);
  await drop({ "model.gguf": new Uint8Array(40) });
  await page.locator("#error").waitFor();
  assert.equal(await page.locator("#weights").isVisible(), false);
});

test("by keys alone a model is opened, pruned and checked, and the focus is never lost", async () => {
  await using opened = await (await thePage()).open();
  const { page, idle } = opened;
  const focused = () => page.evaluate(() => document.activeElement?.id);
  await page.locator("#example").focus();
  await page.keyboard.press("Enter");
  await page.locator("#costs .target").waitFor();
  await idle();
  assert.equal(await focused(), "model-name");
  for (const step of ["prune", "check"]) {
    await page.locator(`#${step}[aria-disabled="false"]`).focus();
    await page.keyboard.press("Enter");
    await page.locator(`#results ${step === "prune" ? ".wrote" : ".good"}`).waitFor();
    await idle();
    assert.equal(await focused(), step);
  }
});

test("a check that does not end is stopped, and what was pruned is still there", async () => {
  await using opened = await (await thePage()).open();
  const { page, idle } = opened;
  await dropModel(opened);
  await page.locator("#prune").click();
  await page.locator("#results .wrote").waitFor();
  await idle();
  // The engine never comes.
  await page.context().route("**/*.wasm", () => {});
  await page.locator("#check").focus();
  await page.keyboard.press("Enter");
  // What is hidden takes no focus, and Playwright does not wait for it.
  await page.locator("#stop").waitFor();
  await page.locator("#stop").focus();
  await page.keyboard.press("Enter");
  await page.locator("#said", { hasText: "Stopped" }).waitFor({ state: "attached" });
  await idle();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "check");
  assert.equal(await page.locator("#error").isVisible(), false);
  await page.context().unroute("**/*.wasm");
  await page.locator("#check").click();
  await page.locator("#results .good").waitFor();
  await idle();
  const download = page.waitForEvent("download");
  await page.locator("#download").click();
  const smaller = await loadModel((await (await download).path())!);
  const plan = planPruning(model, { target: { macs: 0.5 } });
  assert.deepEqual(smaller.toOnnx(), prune(model, plan).toOnnx());
});

test("at no width from 320 px on is the page wider than the screen", async () => {
  await using opened = await (await thePage()).open();
  const { page, idle } = opened;
  const over = async (state: string) => {
    for (const width of [320, 360, 480, 768, 901, 1366]) {
      await page.setViewportSize({ width, height: 800 });
      const cut = await page.evaluate(() => {
        const { clientWidth, scrollWidth } = document.documentElement;
        const wide = [...document.querySelectorAll("table, form, p, h2")].filter((element) =>
          element.checkVisibility() && element.getBoundingClientRect().right > clientWidth
        );
        return [scrollWidth - clientWidth, ...wide.map(({ id, className }) => `${id} ${className}`)];
      });
      assert.deepEqual(cut, [0], `${state} at ${width} px`);
    }
  };
  await over("at first");
  await dropModel(opened);
  for (const step of ["prune", "check"]) {
    await page.locator(`#${step}`).click();
    await idle();
  }
  for (const part of ["going", "staying"]) await page.locator(`#${part} summary`).click();
  await over("with a model");
});

test("the network's rows are gone through by keys, and tell of their groups", async () => {
  await using opened = await (await thePage()).open();
  const { page } = opened;
  await dropModel(opened);
  const rows = page.locator("#drawing li");
  await rows.first().focus();
  await page.keyboard.press("ArrowDown");
  assert.match((await page.locator("#legend").textContent())!, /^Group A is made by 4 layers together: /);
  assert.equal(await page.locator("#drawing li.together").count(), 4);
  await page.keyboard.press("End");
  assert.equal(await rows.last().evaluate((row) => row === document.activeElement), true);
  await page.keyboard.press("ArrowUp");
  assert.match((await page.locator("#legend").textContent())!, /stay: "logits" is an output of the graph\.$/);
});

test("where the page has no threads and no WebGPU, it says so", async () => {
  await using opened = await (await thePage()).open({ isolated: false });
  const { page } = opened;
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, "gpu"));
  await page.reload();
  await page.locator("#opening").waitFor();
  await dropModel(opened);
  await page.locator("#prune").click();
  await page.locator("#results .wrote").waitFor();
  const said = await page.locator("#results").textContent();
  assert.match(said!, /WebAssembly runs on one thread: the server of this page does not isolate it/);
  assert.match(said!, /WebGPU is not timed: this browser has none for this page/);
  await page.locator("#check").click();
  assert.match((await page.locator("#results .good").textContent())!, /on CPU in WebAssembly, 1 thread\.$/);
});

test("both are timed in WebAssembly and on WebGPU, in turns", async () => {
  await using opened = await (await thePage()).open();
  const { page, drop, idle } = opened;
  await drop({ "tiny.onnx": mlp({ sizes: [16, 64, 4] }).toOnnx() });
  await page.locator("#costs .target").waitFor();
  await idle();
  await page.locator("#prune").click();
  await page.locator("#results .wrote").waitFor();
  await page.locator("#time").click();
  await page.locator("#results .times tbody tr").nth(1).waitFor({ timeout: 120_000 });
  const [wasm, webgpu] = await page.locator("#results .times tbody tr").allTextContents();
  assert.match(wasm!, /WebAssembly.*\d ms.*\d ms.*%/s);
  assert.match(webgpu!, /WebGPU.*swiftshader.*\d ms.*\d ms.*%/s);
  assert.match((await page.locator("#results").textContent())!, /software on the processor/);
}, "gpu");
