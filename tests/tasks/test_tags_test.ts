import assert from "node:assert/strict";
import { testArguments } from "../../tasks/test_tags.ts";
import { tagged } from "../tags.ts";

const NAMES = [
  "a quick one, [slower] than others",
  tagged("on the GPU", "gpu"),
  tagged("long", "slow"),
  tagged("long on the GPU", "slow", "gpu"),
  tagged("on Ray", "ray"),
];

/** The tests that are run with these arguments, by their place among the names, as `deno test` reads its filter. */
function chosen(...args: string[]): number[] {
  const [filter, ...rest] = testArguments(args);
  assert.deepEqual(rest, []);
  const pattern = new RegExp(filter!.match(/^--filter=\/(.*)\/$/)![1]!);
  return [...NAMES.keys()].filter((i) => pattern.test(NAMES[i]!));
}

Deno.test("tests are chosen by their tags: those with one, those without, those without any", () => {
  assert.deepEqual(chosen("--only=gpu"), [1, 3]);
  assert.deepEqual(chosen("--only=gpu,ray"), [1, 3, 4]);
  assert.deepEqual(chosen("--without=slow"), [0, 1, 4]);
  assert.deepEqual(chosen("--without=slow,ray"), [0, 1]);
  assert.deepEqual(chosen("--quick"), [0]);
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
      /^RangeError: .* is no tag; expected some of slow,gpu,ray,slurm,zoo$/,
    );
  }
  for (const wrong of [["--quick", "--only=gpu"], ["--quick", "--filter=one"]]) {
    assert.throws(
      () => testArguments(wrong),
      /^RangeError: .*expected one of --quick, --only, --without and --filter$/,
    );
  }
});
