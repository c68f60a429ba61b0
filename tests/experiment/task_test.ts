import assert from "node:assert/strict";
import { run, type Unit, unit } from "../../lib/experiment/mod.ts";
import { planUnits } from "../../lib/experiment/plan.ts";
import { square, squares, sum } from "./toy.ts";
import { truth, withStore } from "./with_store.ts";

withStore("a spec that is not plain JSON, or a label that throws, fails its unit alone", async (store) => {
  const mute: typeof square = {
    ...square,
    label: () => {
      throw new Error("no words");
    },
  };
  const { rows, failures } = await run({
    units: [unit(square, { value: NaN }), unit(mute, { value: 2 }), ...squares(2)],
    store,
    engine: "wasm",
  });
  assert.deepEqual(rows, truth(2));
  assert.deepEqual(failures.map(({ error }) => error.split(":")[0]), [
    "Cannot write toy/square.spec.value as JSON",
    "no words",
  ]);
});

withStore("units that share needs many times over are named once each", async (store) => {
  let top = squares(1)[0]! as Unit;
  for (let level = 0; level < 40; level++) top = unit(sum, { label: `${level}` }, { a: top, b: top });
  const { taskOf } = await planUnits([top], { store, engine: "wasm" });
  assert.equal(new Set(taskOf.values()).size, 41);
});
