/** Some of the kernels' cases on Node, with Dawn from npm. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { required } from "../data.ts";
import { tagged } from "../tags.ts";
import { bundle } from "./bundle.ts";

/** Chromium's software adapter as a Vulkan driver: Dawn asks for more than the Mesa of Debian 12 has. */
const DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";

// Asked for only, since it downloads 50 MB.
const ignore = !required("webgpu") || !existsSync(DRIVER) || !await succeeds("node") ||
  !await succeeds("npm");

Deno.test(tagged("Node finds a device by Dawn, computes the same, and exits by itself", "gpu", "slow"), {
  ignore,
}, async () => {
  const folder = await Deno.makeTempDir({ prefix: "espalier-node-" });
  try {
    await Deno.writeTextFile(`${folder}/package.json`, "{}");
    await Deno.writeTextFile(
      `${folder}/cases.mjs`,
      await bundle(new URL("./node_cases.ts", import.meta.url)),
    );
    const without = await runNode(folder);
    assert.match(without.complaint, /Cannot use WebGPU: Node needs Dawn for it; run `npm install webgpu`/);
    const install = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "webgpu@0.6.2"];
    assert.ok((await run("npm", install, folder)).success);
    const { success, said, complaint } = await runNode(folder);
    assert.ok(success, complaint);
    const { adapter, thrown } = JSON.parse(said);
    assert.match(adapter, /SwiftShader/);
    assert.ok(Object.keys(thrown).length > 5);
    for (const [name, error] of Object.entries(thrown)) assert.equal(error, null, name);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function runNode(folder: string) {
  return run("node", ["cases.mjs"], folder, { VK_DRIVER_FILES: DRIVER, VK_ICD_FILENAMES: DRIVER });
}

async function run(program: string, args: string[], cwd: string, env: Record<string, string> = {}) {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd, env }).output();
  const [said, complaint] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { success, said: said!, complaint: complaint! };
}

async function succeeds(program: string): Promise<boolean> {
  return (await run(program, ["--version"], ".").catch(() => undefined))?.success ?? false;
}
