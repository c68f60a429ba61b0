/** The doors: what they give, by path and by URL. */
import assert from "node:assert/strict";
import * as espalier from "../../mod.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { serveCode } from "../serve_code.ts";
import { tagged } from "../tags.ts";
import { codeOf } from "../files_in.ts";
import { doors, filesIn, ROOT } from "./tree.ts";

Deno.test("mod.ts has the names that other programs rely on", () => {
  const names = [
    "loadModel",
    "saveModel",
    "loadCheckpoint",
    "openRuntime",
    "engines",
    "runModel",
    "countMacs",
    "channelGroups",
    "planPruning",
    "prune",
    "fit",
    "gradients",
    "Tensor",
  ];
  const door: Record<string, unknown> = { ...espalier };
  for (const name of names) assert.equal(typeof door[name], "function", `mod.ts exports no ${name}`);
  assert.equal(typeof espalier.Model.prototype.toOnnx, "function");
});

Deno.test("the front door has some sixty values, and no two doors give one name to different things", async () => {
  assert.ok(Object.keys(espalier).length <= 65, `mod.ts exports ${Object.keys(espalier).length} values`);
  const known = new Map<string, unknown>();
  for (const door of await doors()) {
    // Of the same names on a GPU, and of each paper's own.
    if (/^(kernels|lib\/papers)\//.test(door)) continue;
    for (const [name, value] of Object.entries(await import(new URL(door, ROOT).href))) {
      assert.ok(
        !known.has(name) || known.get(name) === value,
        `${door} gives another ${name} than the doors before it`,
      );
      known.set(name, value);
    }
  }
});

Deno.test("a file exports what it declares; only doors, and lists of packages, hand on what others declare", () => {
  // The engine's class of tensors, the builder's own words, and a call whose settings fill a file of their own.
  const handOn = ["lib/tensor/tensor.ts", "lib/onnx/builder.ts", "lib/train/fit.ts"];
  for (const path of ["lib", "kernels"].flatMap((folder) => [...filesIn(folder, ".ts")])) {
    if (/(^|\/)(mod|deps|all)\.ts$/.test(path) || handOn.includes(path)) continue;
    const [found] = codeOf(path).match(/^export (type )?\{[^}]*\}/m) ?? [];
    assert.equal(found, undefined, `${path} hands on what another file declares: import it from there`);
  }
});

/** The README's ten lines, as they stand, with what they take for granted, and questions to their result. */
const program = (address: string, lines: string) => `
import { engines, floats, openRuntime, runModel, Tensor } from "${address}/mod.ts";
import { proceduralImages, resnetCifar, saveModel as save, toExamples } from "${address}/mod.ts";
import { drawNetwork } from "${address}/lib/plot/network.ts";
import { show } from "${address}/kernels/jupyter/mod.ts";

await save(resnetCifar({ depth: 20, widths: [4, 8, 16] }), "resnet20.onnx");
const { inputs, targets } = toExamples(proceduralImages({ train: 20, test: 0 }).train);
${lines.replace("https://…/", `${address}/`)}
const input = new Tensor("float32", floats(inputs as Tensor).slice(0, 3072), [1, 3, 32, 32]);
const logits: Record<string, unknown> = {};
for (const engine of ["native", "wasm"] as const) {
  const runtime = await openRuntime({ engine });
  const outputs = await runModel(await loadModel("resnet20-half.onnx"), { input }, { runtime });
  logits[engine] = [...floats(outputs.logits!)];
  await runtime.close();
}
const kept = countMacs(tuned).macs / countMacs(model).macs;
const drawn = drawNetwork(tuned).svg.length;
console.log(JSON.stringify({ kept, logits, drawn, shown: typeof show, engines: (await engines()).length }));
Deno.exit(0);
`;

/** What a program needs to be allowed to run ONNX Runtime: its native add-on, its files and their place. */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-read",
  "--allow-env",
  "--allow-ffi",
  "--allow-sys",
  "--allow-write=.",
];

Deno.test(tagged("types hold under Deno's default settings, by path", "slow"), async () => {
  const temporary = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${temporary}/deno.json`, "{}");
    const lines = [...await doors(), "lib/plot/network.ts"].map((door, i) =>
      `export * as door${i} from "${new URL(door, ROOT)}";\n`
    );
    await Deno.writeTextFile(`${temporary}/program.ts`, lines.join(""));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "program.ts"],
      cwd: temporary,
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
});

Deno.test(tagged("a program elsewhere runs the README's ten lines, by URL", "slow"), async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const [, lines] = readme.match(/^## Ten lines\n\n```ts ignore\n([\s\S]*?)^```/m) ?? [];
  assert.ok(lines, "README.md has no block of code under its heading");
  const server = serveCode();
  const temporary = await Deno.makeTempDir();
  try {
    const host = `127.0.0.1:${server.addr.port}`;
    await Deno.writeTextFile(`${temporary}/program.ts`, program(`http://${host}`, lines));
    // A cache of its own for our modules, so that nothing stale is read and nothing left; npm packages are shared.
    const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], cwd: temporary })
      .output();
    const { npmCache } = JSON.parse(new TextDecoder().decode(info.stdout)) as { npmCache: string };
    await Deno.mkdir(`${temporary}/cache`);
    await Deno.symlink(npmCache, `${temporary}/cache/npm`, { type: "dir" });
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--check", ...PERMISSIONS, `--allow-import=${host}`, "program.ts"],
      cwd: temporary,
      env: { DENO_DIR: `${temporary}/cache`, NO_COLOR: "1" },
    }).output();
    const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.equal(code, 0, complained);
    assert.match(said!, /^Keeps (49|50)[.]\d % of MACs/m);
    const { kept, logits, drawn, shown, engines } = JSON.parse(said!.trim().split("\n").at(-1)!);
    assert.ok(kept > 0.45 && kept <= 0.5, `kept ${kept} of the MACs`);
    assertClose(logits.wasm, logits.native, REORDERED_FLOAT32);
    assert.ok(drawn > 1000, "the figure of the network is empty");
    assert.deepEqual([logits.native.length, shown, engines], [10, "function", 3]);
  } finally {
    await server.shutdown();
    await Deno.remove(temporary, { recursive: true });
  }
});
