import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  digestVocabularies,
  parseManifest,
  readManifest,
  requireReplaceable,
  takePlace,
  writeManifest,
} from "../../../lib/ctr/logs/prepared_folder.ts";
import { inFolder } from "../../in_folder.ts";

const fingerprint = (format: string) => JSON.stringify({ format, files: ["a"] });
const known = {
  fingerprint: fingerprint("one"),
  log: { folder: "f", fields: [], rows: { train: 1, validation: 1, test: 1 }, vocabularies: "v" },
};

Deno.test("a manifest comes back as it was written; none is none", () =>
  inFolder(async (folder) => {
    assert.equal(await readManifest(folder), undefined);
    await writeManifest(folder, { fingerprint: "{}" });
    assert.deepEqual(await readManifest(folder), { fingerprint: "{}" });
  }));

Deno.test("a manifest that is not as it should be is named by its field", () => {
  const damaged = { ...known, fingerprint: "one" };
  assert.throws(() => parseManifest(JSON.stringify(damaged), "log.json"), {
    name: "SyntaxError",
    message: /^Cannot read log\.json: fingerprint should be JSON; /,
  });
  const { train: _, ...rows } = known.log.rows;
  assert.throws(
    () => parseManifest(JSON.stringify({ ...known, log: { ...known.log, rows } }), "log.json"),
    /log\.rows\.train is missing/,
  );
});

Deno.test("another log is replaced only where that is said, and foreign files never", () =>
  inFolder(async (folder) => {
    const other = { known, begun: undefined, fingerprint: fingerprint("two") };
    assert.throws(() => requireReplaceable(folder, { ...other, replace: false }), /not the same \(format;/);
    requireReplaceable(folder, { ...other, replace: true });
    const fresh = { known: undefined, begun: undefined, fingerprint: "{}", replace: true };
    requireReplaceable(folder, fresh);
    await Deno.writeTextFile(`${folder}/test.parquet`, "somebody's");
    assert.throws(() => requireReplaceable(folder, fresh), /its test\.parquet is of no prepared log/);
    requireReplaceable(folder, { ...fresh, begun: { fingerprint: "{}" } });
  }));

Deno.test("a log takes its place piece by piece, also where a call was killed on the way", () =>
  inFolder(async (folder) => {
    const [built, place] = [`${folder}/built`, `${folder}/place`];
    for (const path of [`${built}/vocabularies`, place]) await Deno.mkdir(path, { recursive: true });
    for (const name of ["validation.parquet", "log.json"]) {
      await Deno.writeTextFile(`${built}/${name}`, "new");
    }
    for (const name of ["train.parquet", "validation.parquet", "log.json"]) {
      await Deno.writeTextFile(`${place}/${name}`, name === "train.parquet" ? "moved before" : "old");
    }
    await takePlace(built, place);
    const read = (name: string) => Deno.readTextFile(`${place}/${name}`);
    assert.deepEqual(await Promise.all(["train.parquet", "validation.parquet", "log.json"].map(read)), [
      "moved before",
      "new",
      "new",
    ]);
    await assert.rejects(Deno.stat(built), Deno.errors.NotFound);
  }));

Deno.test("vocabularies are told apart by the bytes of their files in order", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/vocabularies`);
    for (const [f, text] of ["ab", "c"].entries()) {
      await Deno.writeTextFile(`${folder}/vocabularies/${f}.parquet`, text);
    }
    assert.equal(await digestVocabularies(folder, 2), createHash("sha256").update("abc").digest("hex"));
  }));
