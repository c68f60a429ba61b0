import assert from "node:assert/strict";
import { basename } from "node:path";
import { PAPERS } from "../../lib/papers/papers.ts";
import { help, readOptions } from "../../tasks/reproduce/options.ts";

const names = async (...args: string[]) =>
  (await readOptions(args)).paths.map((path) => basename(path, ".ipynb"));

Deno.test("notebooks are named by a part of their names; without one, all are meant", async () => {
  assert.deepEqual(await names("tour", "05"), ["00_tour", "05_iss_p"]);
  assert.ok((await names()).length >= Object.keys(PAPERS).length);
  await assert.rejects(
    names("nothing"),
    /^UserProblem: Cannot find the notebook "nothing": there are 00_tour, /,
  );
});

Deno.test("every preset that a paper declares can be run, and --help lists it", async () => {
  for (const [notebook, { presets }] of Object.entries(PAPERS)) {
    for (const preset of Object.keys(presets)) {
      assert.equal((await readOptions([notebook, "--preset", preset])).preset, preset);
      assert.match(help(), new RegExp(`^ +${preset}\\b`, "m"));
    }
  }
});

Deno.test("a preset that a notebook does not have is refused, with those that have it", async () => {
  await assert.rejects(names("--preset=study"), {
    message: 'Cannot run 00_tour with the preset "study": it has quick, laptop, paper; ' +
      "name the notebooks that have it: reproduce 03_axformer 05_iss_p --preset study",
  });
  await assert.rejects(
    names("05", "--preset", "huge"),
    /Cannot run 05_iss_p with the preset "huge": it has quick, /,
  );
});

Deno.test("options that are none, and places that are none, are refused by name", async () => {
  await assert.rejects(
    names("--fast"),
    /^UserProblem: Cannot read the options of reproduce: Unknown option '--fast'/,
  );
  await assert.rejects(names("--on", "moon:7"), /^UserProblem: Cannot run on "moon:7": expected here, ray:/);
  const { on, fresh } = await readOptions(["--on=slurm:/shared?partition=gpu", "--fresh"]);
  assert.deepEqual([on, fresh], ["slurm:/shared?partition=gpu", true]);
});
