/** All that is written is written by `lib/files`, beside its place and then moved; what is not says why. */
import assert from "node:assert/strict";
import { codeOf, filesIn } from "../files_in.ts";

/** Calls that write, make, move or link files: of Deno, of Node, of DuckDB. */
const WRITES: readonly RegExp[] = [
  /\bDeno\.(?:writeTextFile|writeFile|create|copyFile|rename|truncate|symlink|link|makeTempFile)(?:Sync)?\b/,
  /\bDeno\.open(?:Sync)?\([^;]*?\{[^}]*\b(?:write|append|create|createNew|truncate): true/,
  /\b(?:rename|copyFile|writeFile|appendFile|cp|symlink|link|createWriteStream)\b[^;]*\} from "(?:node:fs|[./]+\/node\.ts)/,
  /\bCOPY \(/,
];

/** Who writes otherwise, and why that is right. */
const OTHERWISE: Readonly<Record<string, string>> = {
  "lib/files/replace_files.ts": "the one way itself",
  "lib/files/lock.ts": "locks, and the unfinished files of the one way",
  "lib/files/json_lines.ts": "adds a line: what is there is never touched, and a line cut off costs itself",
  "lib/ctr/logs/prepared_folder.ts": "moves a whole log, piece by piece, and goes on where it was killed",
  "lib/ctr/logs/prepare_log.ts": "DuckDB writes, to the path that `replaceFileBy` gives it",
  "lib/ctr/logs/log_source.ts": "DuckDB writes, to the path that `replaceFileBy` gave its caller",
  "lib/ctr/logs/movie_lens.ts": "DuckDB writes, to the path that `replaceFileBy` gives it",
  "lib/experiment/machine_lock.ts": "a lock, which is empty",
  "lib/experiment/store/claims.ts": "locks and their names, which are empty",
  "lib/experiment/executors/slurm.ts": "a new folder of one run, which nobody reads before it is whole",
  "kernels/jupyter/protocol/client.ts": "ports and a key, for one kernel, for this user alone, for a moment",
  "kernels/jupyter/kernel/inside/enter.ts": "stderr itself",
  "kernels/jupyter/setup/libraries.ts": "a lock, and what pip says while it works",
  "kernels/jupyter/setup/kernelspec.ts": "the system copies, to the path that `replaceFileBy` gives it",
  "tasks/page.ts": "output, which the next run writes again",
  "tasks/cells.ts": "what is checked and removed; the next check writes it again",
  "lib/data/download.ts":
    "goes on with the part that is there, alone at it, and moves it once its SHA-256 is right",
};

Deno.test("files are written in the one way, or there is a reason", () => {
  const found = new Map<string, string[]>();
  for (
    const path of ["mod.ts", "cli.ts", "lib", "kernels", "tasks"].flatMap((path) => [...filesIn(path, ".ts")])
  ) {
    const code = codeOf(path);
    const calls = WRITES.flatMap((call) => code.match(call)?.slice(0, 1) ?? []);
    if (calls.length > 0) found.set(path, calls);
    assert.doesNotMatch(code, /\(FORMAT /, `${path}: write COPY with PARQUET of lib/ctr/logs/database.ts`);
  }
  assert.deepEqual([...found.keys()].filter((path) => !Object.hasOwn(OTHERWISE, path)), []);
  assert.deepEqual(
    Object.keys(OTHERWISE).filter((path) => !found.has(path)),
    [],
    "no longer write by themselves",
  );
});
