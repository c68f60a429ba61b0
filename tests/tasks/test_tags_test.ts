import assert from "node:assert/strict";
import { testArguments } from "../../tasks/test_tags.ts";
import { tagged } from "../tags.ts";

const NAMES = [
  "a quick one, [slower] than others, of shape [2, 3]",
  tagged("on the GPU", "gpu"),
  tagged("long", "slow"),
  tagged("long on the GPU", "slow", "gpu"),
  tagged("on Ray", "ray"),
];

/** The tests that `deno test` itself runs with these arguments, by their place among the names. */
async function chosen(...args: string[]): Promise<number[]> {
  const folder = await Deno.makeTempDir();
  try {
    const tests = NAMES.map((name) => `Deno.test(${JSON.stringify(name)}, () => {});`).join("\n");
    await Deno.writeTextFile(`${folder}/some_test.ts`, tests);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-config", "--reporter=tap", ...testArguments(args), "some_test.ts"],
      cwd: folder,
    }).output();
    const lines = new TextDecoder().decode(stdout).split("\n");
    const ran = lines.flatMap((line) => line.match(/^ok \d+ - (.*)$/)?.slice(1) ?? []);
    return ran.map((name) => NAMES.indexOf(name)).sort();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("tests are chosen by their tags: those with one, those without, those without any", async () => {
  assert.deepEqual(await chosen("--only=gpu"), [1, 3]);
  assert.deepEqual(await chosen("--only=gpu,ray"), [1, 3, 4]);
  assert.deepEqual(await chosen("--without=slow"), [0, 1, 4]);
  assert.deepEqual(await chosen("--without=slow,ray"), [0, 1]);
  assert.deepEqual(await chosen("--quick"), [0]);
});

Deno.test("other arguments go on to deno test as they are", () => {
  const args = ["--filter", "one", "tests/prune", "--fail-fast"];
  assert.deepEqual(testArguments(args), args);
  assert.deepEqual(testArguments(["tests/prune", "--only=gpu"]), ["--filter=/\\[(gpu)\\]/", "tests/prune"]);
});

Deno.test("a tag that is none, or two ways to choose at once, is refused with the tags there are", () => {
  for (const wrong of ["--only=gpus", "--without=", "--only"]) {
    assert.throws(
      () => testArguments([wrong]),
      /^RangeError: .* is no tag; expected some of slow,large,gpu,ray,slurm,zoo$/,
    );
  }
  for (const wrong of [["--quick", "--only=gpu"], ["--quick", "--filter=one"]]) {
    assert.throws(
      () => testArguments(wrong),
      /^RangeError: .*expected one of --quick, --only, --without and --filter$/,
    );
  }
});
