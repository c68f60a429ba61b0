import assert from "node:assert/strict";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { holdAlone, openPart, removeLeftoversIn } from "../../lib/files/lock.ts";
import { replaceFile, replaceFiles } from "../../lib/files/replace_files.ts";
import { inFolder } from "../in_folder.ts";

const names = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

/** Starts a writer that does not end, and waits until it is at work. */
async function begin(path: string): Promise<Deno.ChildProcess> {
  const program = new URL("writer.ts", import.meta.url).pathname;
  const args = ["run", ...LOCKED, "-A", "--no-check", program, path];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  await child.stdout.getReader().read();
  return child;
}

Deno.test("what a killed writer left is removed by the next one; a living one's file is not", () =>
  inFolder(async (folder) => {
    await replaceFile(`${folder}/file`, "old");
    const child = await begin(`${folder}/file`);
    const unfinished = (await names(folder)).filter((name) => name !== "file");
    assert.equal(unfinished.length, 1);
    await Deno.writeTextFile(`${folder}/somebody.else.tmp`, "");
    await Deno.writeTextFile(`${folder}/file.lock`, "");
    await removeLeftoversIn(folder);
    assert.ok((await names(folder)).includes(unfinished[0]!), "it lives");
    child.kill("SIGKILL");
    await child.status;
    assert.ok((await names(folder)).includes(unfinished[0]!));
    await removeLeftoversIn(folder);
    assert.deepEqual(await names(folder), ["file", "file.lock", "somebody.else.tmp"]);
    assert.equal(await Deno.readTextFile(`${folder}/file`), "old");
  }));

Deno.test("a process looks for leftovers when it first writes into a folder", () =>
  inFolder(async (folder) => {
    const part = `${folder}/a.${crypto.randomUUID()}.espalier-part`;
    await Deno.writeTextFile(part, "half");
    await replaceFile(`${folder}/b`, "whole");
    assert.deepEqual(await names(folder), ["b"]);
  }));

Deno.test("who holds a file alone is named to the second; nothing is left when it lets go", () =>
  inFolder(async (folder) => {
    const first = await holdAlone(`${folder}/run`, "train");
    await assert.rejects(holdAlone(`${folder}/run`, "train with run"), {
      message: new RegExp(`^Cannot train with run: process ${Deno.pid} on .*, since 20.*, is at it; wait`),
    });
    await first![Symbol.asyncDispose]();
    assert.deepEqual(await names(folder), []);
    await Deno.writeTextFile(`${folder}/run.espalier-lock`, "process 1 on a machine that lost power");
    await using again = await holdAlone(`${folder}/run`, "train");
    assert.ok(again, "a dead process holds nothing");
  }));

Deno.test("two writers of two files that belong together: both are of one writer, at any time", () =>
  inFolder(async (folder) => {
    const [data, model] = [`${folder}/m.data`, `${folder}/m`];
    const write = (writer: number) =>
      replaceFiles([[data, [new Uint8Array(1000).fill(writer)]], [model, [Uint8Array.of(writer)]]]);
    for (let round = 0; round < 40; round++) {
      await Promise.all([1, 2, 3].map(write));
      const [own] = await Deno.readFile(model);
      assert.ok((await Deno.readFile(data)).every((byte) => byte === own), `round ${round}`);
    }
    assert.deepEqual(await names(folder), ["m", "m.data"]);
  }));

Deno.test("parts that cannot be made are no fault of the folder", () =>
  inFolder(async (folder) => {
    const error = new TypeError("Cannot write blocks");
    // deno-lint-ignore require-yield
    const parts = (function* () {
      throw error;
    })();
    await assert.rejects(replaceFiles([[`${folder}/file`, parts]]), error);
    assert.deepEqual(await names(folder), []);
    await using part = await openPart(`${folder}/file`);
    assert.ok(part.path.startsWith(`${folder}/file.`));
  }));

/** Runs with another `Deno.open`, which is given the system's. */
async function withOpen(
  other: (open: typeof Deno.open) => typeof Deno.open,
  work: () => Promise<void>,
): Promise<void> {
  const open = Deno.open;
  Deno.open = other(open);
  try {
    await work();
  } finally {
    Deno.open = open;
  }
}

Deno.test("a part that is taken for a leftover before it is locked is given up for another", () =>
  inFolder(async (folder) => {
    const taken: { path: string; file: Deno.FsFile }[] = [];
    await withOpen((open) => async (path, options) => {
      const file = await open(path, options);
      if (taken.length === 0) {
        taken.push({ path: String(path), file: await open(path, { read: true, write: true }) });
        assert.ok(await taken[0]!.file.tryLock(true));
      }
      return file;
    }, async () => {
      await using part = await openPart(`${folder}/file`);
      const [{ path, file }] = taken as [typeof taken[number]];
      await Deno.remove(path);
      file.close();
      assert.ok((await Deno.stat(part.path)).isFile);
    });
    assert.deepEqual(await names(folder), []);
  }));

Deno.test("a dead process's lock that is being removed is not taken for a living one's", () =>
  inFolder(async (folder) => {
    const lock = `${folder}/run.espalier-lock`;
    await Deno.writeTextFile(lock, "process 1 on a machine that lost power");
    let opened = 0;
    const remover = await Deno.open(lock, { read: true, write: true });
    assert.ok(await remover.tryLock(true));
    await withOpen((open) => async (path, options) => {
      if (++opened === 2) {
        await Deno.remove(lock);
        remover.close();
      }
      return await open(path, options);
    }, async () => {
      await using held = await holdAlone(`${folder}/run`, "train");
      assert.ok(held);
    });
    assert.equal(opened, 2);
  }));

Deno.test("a leftover that vanished meanwhile keeps none of the others", () =>
  inFolder(async (folder) => {
    const leftovers = [1, 2, 3].map((i) => `${folder}/${i}.${crypto.randomUUID()}.espalier-part`);
    for (const path of leftovers) await Deno.writeTextFile(path, "half");
    let opened = 0;
    await withOpen((open) => async (path, options) => {
      if (++opened === 1) await Deno.remove(path);
      return await open(path, options);
    }, () => removeLeftoversIn(folder));
    assert.deepEqual(await names(folder), []);
  }));

Deno.test("a lock that another process took since it was found dead is left", () =>
  inFolder(async (folder) => {
    const lock = `${folder}/run.espalier-lock`;
    await Deno.writeTextFile(lock, "process 1 on a machine that lost power");
    let next: AsyncDisposable | undefined;
    await withOpen((open) => async (path, options) => {
      const file = await open(path, options);
      if (!next) {
        await Deno.remove(lock);
        Deno.open = open;
        next = await holdAlone(`${folder}/run`, "train");
      }
      return file;
    }, () => removeLeftoversIn(folder));
    assert.match(await Deno.readTextFile(lock), new RegExp(`^process ${Deno.pid} `));
    await next![Symbol.asyncDispose]();
  }));
