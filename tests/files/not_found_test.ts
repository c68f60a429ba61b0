import assert from "node:assert/strict";
import { filesIn } from "../../lib/data/folders.ts";
import { dataDigest, hasData } from "../../lib/data/data_digest.ts";
import { mnist } from "../../lib/data/mnist.ts";
import { dataOf } from "../../lib/experiment/unit_name.ts";
import { ifFound, NotFoundError, saysAbsent, statIfFound } from "../../lib/files/not_found.ts";
import { loadCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { smallDigits } from "../../lib/papers/meta_pruning/data/small_digits.ts";
import { benchmarkSet, hasBenchmarkSet } from "../../lib/superres/benchmark_sets.ts";
import { inFolder } from "../in_folder.ts";

/** Makes `name` something that is there and that nobody can read, root neither: a link that leads to itself. */
async function withUnreadable(name: string, work: (path: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const before = Deno.env.get("ESPALIER_DATA");
    const path = `${folder}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.symlink(path, path);
    Deno.env.set("ESPALIER_DATA", folder);
    try {
      await work(path);
    } finally {
      if (before === undefined) Deno.env.delete("ESPALIER_DATA");
      else Deno.env.set("ESPALIER_DATA", before);
    }
  });
}

const LOOP = /ELOOP|[Tt]oo many levels|loop/;

Deno.test("what is not there is told by its class: data sets, benchmark sets, checkpoints", async () => {
  await inFolder(async (folder) => {
    await assert.rejects(mnist({ folder }), NotFoundError);
    await assert.rejects(benchmarkSet("Set5", { scale: 2, folder }), NotFoundError);
    await assert.rejects(loadCheckpoint(`${folder}/none.pth`), NotFoundError);
    await assert.rejects(loadCheckpoint(folder), (error) => !(error instanceof NotFoundError));
    const error = await mnist({ folder }).catch((error) => error);
    assert.deepEqual([error.name, error instanceof Error], ["NotFoundError", true]);
    assert.equal(await ifFound(mnist({ folder })), undefined);
    assert.equal(statIfFound(`${folder}/none`), undefined);
    await Deno.writeTextFile(`${folder}/file`, "");
    assert.equal(statIfFound(`${folder}/file/below`), undefined);
    assert.equal(statIfFound(`${folder}/file`)?.isFile, true);
    assert.deepEqual(await filesIn(`${folder}/none`), []);
  });
});

Deno.test("data that are there and cannot be read are never taken for no data", async () => {
  await withUnreadable("mnist", async (path) => {
    await assert.rejects(filesIn(path), LOOP);
    assert.throws(() => statIfFound(path), LOOP);
    assert.throws(() => hasData("mnist"), LOOP);
    await assert.rejects(dataDigest("mnist"), LOOP);
    // Digits made by a formula stand in for MNIST only where there is none.
    await assert.rejects(smallDigits({ train: 10, validation: 5, test: 5 }), LOOP);
  });
  await withUnreadable("sr/Set5", () => {
    assert.throws(() => hasBenchmarkSet("Set5"), LOOP);
    return Promise.resolve();
  });
});

Deno.test("digits made by a formula stand in for MNIST where there is none", async () => {
  await inFolder(async (folder) => {
    const [data, cache] = [Deno.env.get("ESPALIER_DATA"), Deno.env.get("XDG_CACHE_HOME")];
    Deno.env.set("ESPALIER_DATA", folder);
    Deno.env.set("XDG_CACHE_HOME", folder);
    try {
      assert.match((await smallDigits({ train: 10, validation: 5, test: 5 })).name, /procedural/);
      await assert.rejects(smallDigits({ train: 10, source: "mnist" }), NotFoundError);
    } finally {
      for (const [name, value] of [["ESPALIER_DATA", data], ["XDG_CACHE_HOME", cache]] as const) {
        if (value === undefined) Deno.env.delete(name);
        else Deno.env.set(name, value);
      }
    }
  });
});

Deno.test("a unit is named by data that are not there, but not by data that cannot be read", () => {
  const unit = { kind: { data: () => ["mnist"] }, spec: {} } as unknown as Parameters<typeof dataOf>[0];
  const circumstances = (digest: string | Error) => ({ engine: "", machine: "", digests: { mnist: digest } });
  assert.deepEqual(dataOf(unit, circumstances("abc")), { mnist: "abc" });
  assert.deepEqual(dataOf(unit, circumstances(new NotFoundError("nowhere"))), {
    mnist: "not on this machine",
  });
  assert.throws(() => dataOf(unit, circumstances(new Error("forbidden"))), /forbidden/);
  assert.equal(saysAbsent(new Deno.errors.PermissionDenied("forbidden")), false);
});
