/** What a program has on its disk after it planned and pruned, or was installed: the library, and no engine. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { PAGE_PACKAGES } from "../lib/bundle/deps.ts";
import { NATIVE_PACKAGES } from "../lib/bundle/native/deps.ts";
import { saveModel } from "../lib/io/save_model.ts";
import { mlp } from "../lib/nn/mlp.ts";
import { inFolder } from "./in_folder.ts";
import { tagged } from "./tags.ts";
import { bundle } from "./webgpu/bundle.ts";

const ROOT = new URL("../", import.meta.url);

/** Packages that planning, pruning and saving need, the command line's own with them. */
const NEEDED = ["commander", "fflate", "onnxruntime-common"];

/** Small ones whose types the command line's code names: `deno install` fetches what types are of, too. */
const NAMED = ["@huggingface", "jpeg-js"];

const PROGRAM = `
import { mlp, planPruning, prune, runModel, saveModel, Tensor } from "${new URL("mod.ts", ROOT)}";
const model = mlp({ sizes: [4, 16, 3] });
await saveModel(model, "in.onnx");
await saveModel(prune(model, planPruning(model, { target: { macs: 0.5 } })), "out.onnx");
if (Deno.args[0] === "run") await runModel(model, { input: new Tensor("float32", new Float32Array(4), [1, 4]) });
`;

/** Whether packages can be downloaded: an empty cache is filled from Deno's registry, or not at all. */
const reachable = await inFolder(async (folder) => {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", "--no-lock", "npm:fflate@0.8.3"],
    cwd: folder,
    env: { DENO_DIR: `${folder}/cache` },
    signal: AbortSignal.timeout(5000),
    stderr: "null",
  }).output();
  return success;
}).catch(() => false);

/** Names of the npm packages in Deno's cache. */
function packagesIn(cache: string): string[] {
  return [...Deno.readDirSync(`${cache}/npm`)].flatMap(({ name }) =>
    [...Deno.readDirSync(`${cache}/npm/${name}`)].map(({ name }) => name)
  ).sort();
}

Deno.test({
  name: "an empty cache has no engine's package after planning, pruning and saving; needs the npm registry",
  ignore: !reachable,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/program.ts`, PROGRAM);
      const run = async (...args: string[]) => {
        const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "--quiet", "--no-lock", "--allow-all", ...args],
          cwd: folder,
          env: { DENO_DIR: `${folder}/cache`, NO_COLOR: "1" },
        }).output();
        return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
      };
      assert.deepEqual(await run("program.ts"), { code: 0, said: "" });
      const cli = fileURLToPath(new URL("cli.ts", ROOT));
      assert.match((await run(cli, "in.onnx", "less.onnx", "--macs", "0.5")).said, /^Wrote less\.onnx$/m);
      assert.deepEqual(packagesIn(`${folder}/cache`), NEEDED);
      // Where an engine is used first and cannot be fetched, that is said.
      const { code, said } = await run("--cached-only", "program.ts", "run");
      assert.equal(code, 1);
      assert.match(said, /native: Cannot load npm:onnxruntime-node@\S+: .*downloaded when it is first used/);
    }),
});

Deno.test({
  name:
    "installed into an empty cache, the command line prunes, and no engine is there; needs the npm registry",
  ignore: !reachable,
  fn: () =>
    inFolder(async (folder) => {
      const env = { DENO_DIR: `${folder}/cache`, HOME: folder, NO_COLOR: "1" };
      const cli = fileURLToPath(new URL("cli.ts", ROOT));
      const install = ["install", "--quiet", "-gA", "--root", folder, "--name", "espalier", cli];
      assert.ok(
        (await new Deno.Command(Deno.execPath(), { args: install, cwd: folder, env }).output()).success,
      );
      await saveModel(mlp({ sizes: [4, 16, 3] }), `${folder}/in.onnx`);
      const program = `${folder}/bin/espalier${Deno.build.os === "windows" ? ".cmd" : ""}`;
      const args = ["in.onnx", "out.onnx", "--macs", "0.5"];
      const { stdout } = await new Deno.Command(program, { args, cwd: folder, env })
        .output();
      assert.match(new TextDecoder().decode(stdout), /^Wrote out\.onnx$/m);
      assert.deepEqual(packagesIn(env.DENO_DIR), [...NEEDED, ...NAMED].sort());
    }),
});

Deno.test("every package that waits for its use stands in lib/bundle in so many words, and nowhere else", async () => {
  const asked = new Set<string>();
  for (const folder of ["lib", "kernels"]) {
    const { stdout } = await new Deno.Command("git", { args: ["ls-files", folder], cwd: ROOT }).output();
    for (
      const path of new TextDecoder().decode(stdout).trim().split("\n").filter((path) => path.endsWith(".ts"))
    ) {
      const code = (await Deno.readTextFile(new URL(path, ROOT))).replaceAll(/^ *\*.*$/gm, "");
      for (const [, specifier] of code.matchAll(/importPackage(?:<[^>]*>)?\(\s*"([^"]+)"/g)) {
        asked.add(specifier!);
      }
      const literal = /(?<!typeof )\bimport\(\s*"npm:/.test(code);
      assert.ok(
        !literal || path.startsWith("lib/bundle/"),
        `${path} has Deno fetch a package before it starts`,
      );
    }
  }
  assert.deepEqual(
    [...asked].sort(),
    [...Object.keys(PAGE_PACKAGES), ...Object.keys(NATIVE_PACKAGES)].sort(),
  );
});

Deno.test(
  tagged("a page's bundle has its engines where it imports lib/bundle, and only there", "slow"),
  async () => {
    await inFolder(async (folder) => {
      const imports = ["lib/bundle/mod.ts", "mod.ts"].map((path) => `import "${new URL(path, ROOT)}";\n`);
      const [whole, bare] = [new URL(`file://${folder}/whole.ts`), new URL(`file://${folder}/bare.ts`)];
      await Deno.writeTextFile(whole, imports.join(""));
      await Deno.writeTextFile(bare, imports[1]!);
      assert.match(await bundle(whole), /ort-wasm-simd-threaded/);
      assert.doesNotMatch(await bundle(bare), /ort-wasm-simd-threaded/);
    });
  },
);
