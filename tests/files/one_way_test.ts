/** Files are written, read and asked for by `lib/files`: whole, to an end, in bounds; what is not says why. */
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
  "lib/lm/stored_session.ts": "a folder of its own, for this process alone, removed once it is loaded",
  "kernels/jupyter/protocol/client.ts": "ports and a key, for one kernel, for this user alone, for a moment",
  "kernels/jupyter/kernel/inside/enter.ts": "stderr itself",
  "kernels/jupyter/setup/libraries.ts": "a lock, and what pip says while it works",
  "kernels/jupyter/setup/kernelspec.ts": "the system copies, to the path that `replaceFileBy` gives it",
  "tasks/page.ts": "output, which the next run writes again",
  "tasks/cells.ts": "what is checked and removed; the next check writes it again",
  "lib/data/download.ts":
    "goes on with the part that is there, alone at it, and moves it once its SHA-256 is right",
};

/** Calls that read a file to its end, which a pipe or a device has not. */
const READS: readonly RegExp[] = [
  /\bDeno\.(?:readTextFile|readFile)(?:Sync)?\b/,
  /\b(?:readFile|readFileSync|createReadStream)\b[^;]*\} from "(?:node:fs|[./]+\/node\.ts)/,
];

/** Who reads otherwise, and why that is right. */
const READ_OTHERWISE: Readonly<Record<string, string>> = {
  "lib/files/read_file.ts": "the one way itself",
  "lib/files/lock.ts": "a lock of ours, opened before",
  "lib/ctr/logs/first_line.ts": "piece by piece, up to a first line's end",
  "lib/ctr/logs/tf_records.ts": "piece by piece, once it is a regular file",
  "lib/files/digest.ts": "piece by piece, for what was written here",
  "lib/train/checkpoint.ts": "a plain array, once it is a regular file",
  "lib/questions/python/resident_memory.ts": "the system's own",
  "lib/prune/latency/processor.ts": "the system's own",
};

/** Calls that unpack, and that ask an address. */
const OTHERS: Readonly<Record<string, readonly [RegExp, readonly string[]]>> = {
  "lib/formats/archives, which bounds what is unpacked": [
    /\b(?:DecompressionStream|createGunzip|gunzipSync|inflateSync|unzipSync|brotliDecompress\w*)\b/,
    [
      "lib/deps.ts",
      "lib/formats/archives/unpack.ts",
      "lib/formats/archives/inflate.ts",
      "lib/ctr/logs/first_line.ts",
    ],
  ],
  "lib/files/read_body.ts, which bounds silence and length": [
    /(?<![.\w])fetch\(/,
    ["lib/files/read_body.ts", "lib/experiment/executors/ray_head.ts"],
  ],
};

/** Which files of these folders have one of the calls. */
function havingCalls(folders: readonly string[], calls: readonly RegExp[]): string[] {
  // It looks Node's functions up for those who import them.
  const files = folders.flatMap((folder) => [...filesIn(folder, ".ts")]).filter((path) =>
    path !== "lib/node.ts"
  );
  return files.filter((path) => {
    const code = codeOf(path);
    return calls.some((call) => call.test(code));
  });
}

Deno.test("files are written in the one way, or there is a reason", () => {
  const found = havingCalls(["mod.ts", "cli.ts", "lib", "kernels", "tasks"], WRITES);
  assert.deepEqual(found.toSorted(), Object.keys(OTHERWISE).toSorted());
  const beside = havingCalls(["lib"], [/\(FORMAT /]);
  assert.deepEqual(beside, [], "write COPY with PARQUET of lib/ctr/logs/database.ts");
});

Deno.test("the library reads files in the one way, or there is a reason", () => {
  assert.deepEqual(havingCalls(["mod.ts", "lib"], READS).toSorted(), Object.keys(READ_OTHERWISE).toSorted());
});

Deno.test("the library unpacks, and asks addresses, where that is bounded", () => {
  for (const [where, [call, known]] of Object.entries(OTHERS)) {
    assert.deepEqual(havingCalls(["mod.ts", "lib"], [call]).toSorted(), known.toSorted(), `use ${where}`);
  }
});

/** Who makes values of JSON by themselves, and why that is right. */
const JSON_OTHERWISE: Readonly<Record<string, string>> = {
  "lib/files/schema.ts": "the one way itself",
  "lib/files/checksum.ts": "for those who read records and lines, by a schema",
  "lib/train/checkpoint.ts": "by a schema, in words of its own",
  "lib/questions/benchmarks/benchmark.ts": "by a schema, in words of its own",
  "lib/formats/safetensors.ts": "checked entry by entry, which 200,000 may be",
  "lib/sparse/pack/load_sparse.ts": "checked entry by entry",
  "lib/metanet/metanetwork_file.ts": "checked as settings that a user gives are",
  "lib/onnx/declarations.ts": "takes the entries that are words",
  "lib/prune/kept/kept_ids.ts": "takes the entries that are lists of whole numbers",
  "lib/ctr/logs/prepared_folder.ts": "by a schema, and settings that are told apart",
  "lib/experiment/executors/job_runner.ts": "what was made a line before",
  "lib/experiment/executors/worker.ts": "what its leader says, of the same version",
  "lib/experiment/executors/worker_process.ts": "what its worker says, of the same version",
  "lib/experiment/executors/ray.ts": "what its worker says, of the same version",
  "lib/experiment/executors/slurm.ts": "what its worker says, of the same version",
  "lib/experiment/executors/slurm_worker.ts": "what its leader says, of the same version",
  "lib/experiment/executors/sources.ts": "what this very Deno says",
  "lib/questions/python/examples.ts": "what our own program printed",
  "lib/questions/python/run_python.ts": "what our own program printed",
  "kernels/jupyter/protocol/wire.ts": "checked as messages are",
  "kernels/jupyter/kernel/inside/thread.ts": "what the kernel says, of the same version",
  "kernels/jupyter/kernel/side_channel.ts": "what the cells' process says, of the same version",
  "kernels/jupyter/kernel/language_server.ts": "what this very Deno says",
};

Deno.test("what is read as JSON is checked by a schema, or there is a reason", () => {
  const found = havingCalls(["mod.ts", "lib", "kernels", "tasks"], [/\bJSON\.parse\(/]);
  assert.deepEqual(found.toSorted(), Object.keys(JSON_OTHERWISE).toSorted());
});
