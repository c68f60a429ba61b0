/** The doors in a page, bundled by `deno bundle` and by esbuild, in Chromium. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "npm:esbuild@0.28.2";
import { WASM_FILES } from "../../lib/bundle/deps.ts";
import { npmSpecifiers } from "../../lib/bundle/npm_specifiers.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { chromiumPath, openBrowser } from "../browser.ts";
import { required } from "../data.ts";
import { inFolder } from "../in_folder.ts";
import { tagged } from "../tags.ts";
import { bundle } from "../webgpu/bundle.ts";
import type { DoorsPage } from "./doors_page.ts";

const ignore = !chromiumPath && !required("webgpu");
const ROOT = new URL("../../", import.meta.url);
const PAGE = new URL("./doors_page.ts", import.meta.url);

/** Doors that are of a terminal, a kernel, experiments, or the bundler itself. */
const ELSEWHERE = /^\.\/(cli$|jupyter$|papers\/|bundle$)/;

for (const [bundler, make] of Object.entries({ "deno bundle": () => bundle(PAGE), esbuild: byEsbuild })) {
  Deno.test({
    name: tagged(
      `every door loads in a page that ${bundler} made, and a model is pruned and run there`,
      "slow",
    ),
    ignore,
    fn: async () => tryIn(await make()),
  });
}

/** As a project with Node has it: packages in node_modules. */
async function byEsbuild(): Promise<string> {
  return await inFolder(async (folder) => {
    const { stdout } = await new Deno.Command("git", { args: ["ls-files", "*deps.ts"], cwd: ROOT }).output();
    const paths = new TextDecoder().decode(stdout).trim().split("\n");
    const codes = await Promise.all(paths.map((path) => readFile(new URL(path, ROOT), "utf8")));
    const packages = codes.flatMap((code) => [...code.matchAll(/"npm:((?:@[\w.-]+\/)?[\w.-]+)@([\w.-]+)/g)]);
    const native = /^(onnxruntime-node|@duckdb|@resvg|pyodide|typescript|commander)/;
    const dependencies = Object.fromEntries(
      packages.flatMap(([, name, version]) => native.test(name!) ? [] : [[name!, version!]]),
    );
    await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify({ dependencies }));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["install", "--quiet", "--no-lock", "--node-modules-dir=auto"],
      cwd: folder,
      stdout: "null",
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const { outputFiles } = await esbuild.build({
      entryPoints: [fileURLToPath(PAGE)],
      bundle: true,
      format: "esm",
      platform: "browser",
      plugins: [npmSpecifiers(folder)],
      write: false,
      logLevel: "silent",
    });
    await esbuild.stop();
    return outputFiles[0]!.text;
  });
}

async function tryIn(script: string): Promise<void> {
  assert.doesNotMatch(script, /^\s*import\b[^;\n]*["']node:/m, "the bundle imports a module of Node");
  const served = new Map<string, { type: string; body: Uint8Array<ArrayBuffer> | string }>([
    ["/page.js", { type: "text/javascript", body: script }],
    ["/", { type: "text/html", body: '<!doctype html><script type="module" src="/page.js"></script>' }],
  ]);
  for (const file of WASM_FILES.map((specifier) => new URL(import.meta.resolve(specifier)))) {
    const type = file.pathname.endsWith(".wasm") ? "application/wasm" : "text/javascript";
    served.set(`/engines/${file.pathname.split("/").at(-1)}`, { type, body: await Deno.readFile(file) });
  }
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    const { pathname } = new URL(url);
    asked.push(pathname);
    const found = served.get(pathname);
    if (!found) return new Response("", { status: 404 });
    return new Response(found.body, {
      headers: {
        "content-type": found.type,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      },
    });
  });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const thrown = Promise.withResolvers<never>();
    page.on("pageerror", thrown.reject);
    thrown.promise.catch(() => {});
    await page.goto(`http://127.0.0.1:${server.addr.port}/`);
    await Promise.race([
      thrown.promise,
      page.waitForFunction(() => "tryOut" in globalThis),
    ]);
    const opened = await page.evaluate(() => (globalThis as unknown as DoorsPage).doors);
    const { exports } = JSON.parse(await readFile(new URL("deno.json", ROOT), "utf8"));
    for (const [door, path] of Object.entries<string>(exports)) {
      if (ELSEWHERE.test(door)) continue;
      const names = Object.keys(await import(new URL(path, ROOT).href));
      assert.deepEqual(opened[door]?.toSorted(), names.toSorted(), `the door ${door}`);
    }
    const tried = await page.evaluate(() => (globalThis as unknown as DoorsPage).tryOut("/engines"));
    assert.ok(tried.difference < 1e-5, `differs by ${tried.difference}`);
    assert.equal(tried.device, "CPU in WebAssembly, 2 threads");
    assert.ok(asked.includes("/engines/ort-wasm-simd-threaded.wasm"), asked.join(" "));
    const model = mlp({ sizes: [4, 32, 3], seed: 1 });
    const here = prune(model, planPruning(model, { target: { macs: 0.5 } }));
    assert.deepEqual(Uint8Array.from(tried.bytes), here.toOnnx());
    assert.match(tried.svg, /^<svg/);
    assert.match(tried.path, /^Cannot read model\.onnx: only Deno has a disk.*bytes/);
  } finally {
    await browser.close();
    await server.shutdown();
  }
}
