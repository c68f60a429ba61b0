import assert from "node:assert/strict";
import { planUnits } from "../../lib/experiment/plan.ts";
import { askedEngine, runtimeOfUnits } from "../../lib/experiment/runtime_of_units.ts";
import { inFolder } from "../in_folder.ts";
import { squares } from "./toy.ts";

/** With an engine in the environment, or none. */
async function withEngine(engine: string, test: () => Promise<void> | void): Promise<void> {
  const before = Deno.env.get("ESPALIER_ENGINE");
  try {
    Deno.env.set("ESPALIER_ENGINE", engine);
    await test();
  } finally {
    if (before === undefined) Deno.env.delete("ESPALIER_ENGINE");
    else Deno.env.set("ESPALIER_ENGINE", before);
  }
}

Deno.test("the runtime that is opened beside units is of the engine that computes them", () =>
  inFolder(async (store) => {
    for (const engine of ["wasm", "native", ""]) {
      await withEngine(engine, async () => {
        const runtime = await runtimeOfUnits();
        await runtime.close();
        const { circumstances } = await planUnits(squares(1), { store });
        assert.equal(runtime.engine, circumstances.engine);
        if (engine) assert.equal(runtime.engine, engine);
      });
    }
  }));

Deno.test("an engine that is given comes before the environment's, and one that is none is refused", () =>
  withEngine("wasm", async () => {
    assert.equal(askedEngine("native"), "native");
    assert.equal(askedEngine(undefined), "wasm");
    await withEngine("coal", async () => {
      const refusal =
        /^RangeError: Cannot compute with the engine "coal": expected one of native, webgpu, wasm$/;
      assert.throws(() => askedEngine(undefined), refusal);
      await assert.rejects(runtimeOfUnits(), refusal);
    });
  }));

Deno.test("every notebook opens its runtime by the rule of its units", async () => {
  const folder = new URL("../../notebooks/", import.meta.url);
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".ipynb")) continue;
    const { cells } = JSON.parse(await Deno.readTextFile(new URL(name, folder))) as {
      cells: { cell_type: string; source: string[] }[];
    };
    const code = cells.filter(({ cell_type }) => cell_type === "code").map(({ source }) => source.join(""));
    assert.ok(code.some((source) => source.includes("await runtimeOfUnits()")), name);
    assert.ok(code.every((source) => !source.includes("openRuntime(")), name);
  }
});
