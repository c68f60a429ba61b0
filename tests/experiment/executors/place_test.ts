import assert from "node:assert/strict";
import { readPlace, requireWorkers } from "../../../lib/experiment/executors/place.ts";

Deno.test("a place is taken apart: executor, what lies behind the colon, settings", () => {
  assert.deepEqual(readPlace("here"), { name: "here", place: "", settings: {} });
  assert.deepEqual(readPlace("here?workers=2"), { name: "here", place: "", settings: { workers: "2" } });
  assert.deepEqual(readPlace("ray:http://head:8265"), {
    name: "ray",
    place: "http://head:8265",
    settings: {},
  });
  assert.deepEqual(readPlace("slurm:/a b/c?partition=gpu&cpus=4"), {
    name: "slurm",
    place: "/a b/c",
    settings: { partition: "gpu", cpus: "4" },
  });
});

Deno.test("a place that nobody works at is refused with one that would do", () => {
  for (
    const [on, why] of [
      ["cloud", /Cannot run on "cloud": expected here, ray:/],
      ["", /expected here/],
      ["here:2", /takes no place/],
      ["here?worker=2", /one setting workers/],
      ["ray", /expected the address/],
      ["slurm:?partition=a", /expected a folder/],
      ["slurm:/f?workers=0", /Cannot run with workers=0 workers/],
    ] as const
  ) assert.throws(() => readPlace(on), { name: "RangeError", message: why }, on);
  for (const workers of [0, -1, 1.5, NaN, Infinity]) assert.throws(() => requireWorkers(workers, workers));
  requireWorkers(1, 1);
});
