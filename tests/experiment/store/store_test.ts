import assert from "node:assert/strict";
import { openStore } from "../../../lib/experiment/mod.ts";
import { inFolder } from "../../in_folder.ts";
import { TOY_RECORD } from "../toy_record.ts";

const bytes = new TextEncoder().encode("a network");

const withStore = (test: (store: ReturnType<typeof openStore>) => Promise<void>) =>
  inFolder((folder) => test(openStore(folder)));

Deno.test("a record comes back as it was, and ends what was kept while it was under way", () =>
  withStore(async (store) => {
    assert.equal(await store.read(TOY_RECORD.name), undefined);
    const { name, kind, label, spec, when } = TOY_RECORD;
    await store.writeFailure({ name, kind, label, spec, when, error: "e", stack: "s" });
    const scratch = await store.scratch(name);
    await Deno.writeTextFile(`${scratch}/checkpoint`, "");
    assert.equal((await Array.fromAsync(store.failures())).length, 1);
    const other = await store.scratch("cd".repeat(32));
    await store.write(TOY_RECORD);
    assert.deepEqual(await store.read(name), TOY_RECORD);
    assert.deepEqual(await Array.fromAsync(store.records()), [TOY_RECORD]);
    assert.deepEqual(await Array.fromAsync(store.failures()), []);
    await assert.rejects(Deno.stat(scratch), Deno.errors.NotFound);
    assert.ok((await Deno.stat(other)).isDirectory, "another unit's checkpoints were removed");
  }));

Deno.test("products are named by what they hold; without one of them a record is none", () =>
  withStore(async (store) => {
    const file = await store.keep("network.onnx", bytes);
    assert.match(file, /^[0-9a-f]{64}\.onnx$/);
    assert.equal(await store.keep("other.onnx", bytes), file);
    assert.deepEqual(await store.product(file), bytes);
    await store.write({ ...TOY_RECORD, products: { "network.onnx": file } });
    assert.ok(await store.read(TOY_RECORD.name));
    await Deno.writeTextFile(`${store.folder}/products/${file}`, "another");
    await assert.rejects(
      store.product(file),
      /^Error: Cannot read .*: it was damaged; run the experiment again/,
    );
    assert.equal(await store.read(TOY_RECORD.name), undefined);
    await assert.rejects(store.product(file), /it is not there/);
  }));

Deno.test("a record file that is none is passed over: it is computed again", () =>
  withStore(async (store) => {
    const path = `${store.folder}/records/ab/${TOY_RECORD.name}.json`;
    await store.write(TOY_RECORD);
    const whole = await Deno.readTextFile(path);
    for (
      const text of ["", "null", "[]", "7", whole.slice(0, -9), whole.replace("abab", "cdcd"), '{"rows":[]}']
    ) {
      await Deno.writeTextFile(path, text);
      assert.equal(await store.read(TOY_RECORD.name), undefined, text);
    }
  }));

Deno.test("checkpoints are cleared where all are older, however deep they lie", () =>
  withStore(async (store) => {
    const folder = await store.scratch(TOY_RECORD.name);
    await Deno.mkdir(`${folder}/epochs`);
    for (const [file, day] of [["first", 1], ["epochs/last", 20]] as const) {
      await Deno.writeTextFile(`${folder}/${file}`, "");
      const written = new Date(Date.UTC(2026, 0, day));
      await Deno.utime(`${folder}/${file}`, written, written);
    }
    await store.clearScratch(TOY_RECORD.name, "2026-01-10T00:00:00.000Z");
    assert.ok((await Deno.stat(`${folder}/first`)).isFile);
    await store.clearScratch(TOY_RECORD.name, "2026-01-30T00:00:00.000Z");
    await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
    await store.clearScratch(TOY_RECORD.name, "2026-01-30T00:00:00.000Z");
  }));
