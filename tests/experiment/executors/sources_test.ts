import assert from "node:assert/strict";
import { withStore } from "../with_store.ts";

withStore("workers go by the import map of the module that declares the kinds", async (store) => {
  const map = { imports: { "experiments": new URL("../../../lib/experiment/mod.ts", import.meta.url).href } };
  await Deno.writeTextFile(`${store}/deno.json`, JSON.stringify(map));
  const kinds = `import { unit } from "experiments";
    export const kind = { name: "own/kind", version: 1, module: import.meta.url, label: () => "own",
      work: () => Promise.resolve({ rows: [typeof unit] }) };
    export const kinds = [kind];`;
  const main = `import { run, unit } from "experiments";
    import { kind } from "./kinds.ts";
    console.log((await run({ units: [unit(kind, {})], store: "${store}/store", engine: "wasm" })).rows[0]);`;
  await Deno.writeTextFile(`${store}/kinds.ts`, kinds);
  await Deno.writeTextFile(`${store}/main.ts`, main);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", "main.ts"],
    cwd: store,
  })
    .output();
  assert.equal(new TextDecoder().decode(stdout), "function\n", new TextDecoder().decode(stderr));
});
