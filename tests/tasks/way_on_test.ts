import assert from "node:assert/strict";
import { planUnits } from "../../lib/experiment/plan.ts";
import { squares } from "../experiment/toy.ts";
import { inFolder } from "../in_folder.ts";
import { wayOn } from "../../tasks/reproduce/way_on.ts";

Deno.test("a run that was stopped goes on from the moment at which it began", () =>
  inFolder(async (store) => {
    assert.equal(wayOn(undefined), "run the same command to go on");
    const moment = new Date().toISOString();
    const [, name, value] = wayOn(moment).match(
      / (ESPALIER_\w+)=(\S+) in the environment, and without --fresh$/,
    )!;
    try {
      Deno.env.set(name!, value!);
      assert.equal((await planUnits(squares(1), { store, engine: "wasm" })).fresh, moment);
    } finally {
      Deno.env.delete(name!);
    }
  }));
