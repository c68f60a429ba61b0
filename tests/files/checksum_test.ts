/** Every single flipped bit in a file of Espalier's own is noticed, or changes nothing. */
import assert from "node:assert/strict";
import { openStore } from "../../lib/experiment/mod.ts";
import { CHECKSUM, openJson, sealJson } from "../../lib/files/checksum.ts";
import { appendJsonLine, readJsonLines } from "../../lib/files/json_lines.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { createMetanetwork, loadMetanetwork, saveMetanetwork } from "../../lib/metanet/mod.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { loadSparse } from "../../lib/sparse/pack/load_sparse.ts";
import { saveSparse } from "../../lib/sparse/pack/save_sparse.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { readCheckpoint, writeCheckpoint } from "../../lib/train/checkpoint.ts";
import { dice } from "../fuzz/mutate.ts";
import { TOY_RECORD } from "../experiment/toy_record.ts";
import { inFolder } from "../in_folder.ts";

/** `ESPALIER_FUZZ=100000` tries more. */
const FLIPS = Number(Deno.env.get("ESPALIER_FUZZ") ?? 400);

const checkpoint = {
  fingerprint: "f".repeat(64),
  step: 12,
  running: { loss: 1.5, examples: 64 },
  unseen: { loss: 0.25, steps: 2 },
  rates: [[0, 0.1], [11, 0.05]] as [number, number][],
  history: [{ epoch: 1, step: 6, rate: 0.1, loss: 0.7 }],
  state: { w: float32(Array.from({ length: 300 }, (_, i) => Math.sin(i)), [300]) },
  best: { epoch: 1, score: 0.9, weights: { w: float32([4, 5, 6], [3]) } },
  sparse: { "mask/w": float32([2], [1]) },
};

interface Kind {
  name: string;
  /** Writes the file below a folder, and gives its path. */
  write(folder: string): Promise<string>;
  /** What it holds; nothing where damage was noticed without an error. */
  read(path: string, folder: string): Promise<unknown>;
}

const KINDS: readonly Kind[] = [
  {
    name: "training checkpoint",
    async write(folder) {
      await writeCheckpoint(`${folder}/run`, checkpoint);
      return `${folder}/run`;
    },
    read: readCheckpoint,
  },
  {
    name: "metanetwork",
    async write(folder) {
      await saveMetanetwork(
        createMetanetwork({ nodeFeatures: 3, edges: "taps", hidden: 2 }),
        `${folder}/m.safetensors`,
      );
      return `${folder}/m.safetensors`;
    },
    read: loadMetanetwork,
  },
  {
    name: "sparse model",
    async write(folder) {
      await saveSparse(mlp({ sizes: [4, 8, 2] }), `${folder}/s.safetensors`);
      return `${folder}/s.safetensors`;
    },
    read: async (path) => (await loadSparse(path)).model.toOnnx(),
  },
  {
    name: "record of a unit",
    async write(folder) {
      await openStore(folder).write(TOY_RECORD);
      return `${folder}/records/ab/${TOY_RECORD.name}.json`;
    },
    read: (_, folder) => openStore(folder).read(TOY_RECORD.name),
  },
  {
    name: "line of a log",
    async write(folder) {
      await appendJsonLine(`${folder}/log`, { key: "k", result: [1.5, 2.25], text: "Ü\u0001" });
      return `${folder}/log`;
    },
    read: async (path) => (await readJsonLines(path))[0],
  },
];

/** The name of a checksum with one letter changed is a field that nobody reads. */
const isChecksum = (key: string) =>
  key.length === CHECKSUM.length && [...key].filter((letter, i) => letter !== CHECKSUM[i]).length <= 1;

/** What is read says beside its contents whether it carried a checksum. */
const contents = (value: unknown) =>
  JSON.stringify(value, (key, part) => key === "withoutChecksum" || isChecksum(key) ? undefined : part);

for (const [seed, { name, write, read }] of KINDS.entries()) {
  Deno.test(`flipped bits in a ${name} are noticed, or change nothing`, () =>
    inFolder(async (folder) => {
      const path = await write(folder);
      const bytes = await Deno.readFile(path);
      const whole = contents(await read(path, folder));
      assert.ok(!JSON.stringify(await read(path, folder)).includes("withoutChecksum"));
      const roll = dice(seed);
      let noticed = 0;
      for (let flip = 0; flip < FLIPS; flip++) {
        const [at, bit] = [roll(bytes.length), roll(8)];
        const damaged = bytes.slice();
        damaged[at]! ^= 1 << bit;
        await Deno.writeFile(path, damaged);
        const found = await read(path, folder).catch((error: Error) => {
          assert.match(error.message, /^Cannot /);
        });
        if (found === undefined) noticed++;
        else assert.equal(contents(found), whole, `bit ${bit} of byte ${at}`);
      }
      assert.ok(noticed > 0.8 * FLIPS, `${noticed} of ${FLIPS} were noticed`);
    }));
}

Deno.test("files without a checksum are read, and say so", () =>
  inFolder(async (folder) => {
    const tensors = { "state/w": float32([1], [1]) };
    const { state: _, best: __, sparse: ___, ...rest } = checkpoint;
    const metadata = { format: "espalier training checkpoint 1", record: JSON.stringify(rest) };
    await Deno.writeFile(`${folder}/run`, encodeSafetensors(tensors, { metadata }));
    const found = (await readCheckpoint(`${folder}/run`))!;
    assert.equal(found.step, 12);
    assert.equal(found.withoutChecksum, true);
    await writeCheckpoint(`${folder}/run`, found);
    assert.equal((await readCheckpoint(`${folder}/run`))!.withoutChecksum, undefined);
    assert.equal(decodeSafetensors(encodeSafetensors(tensors)).checked, false);

    const store = openStore(folder);
    await store.write(TOY_RECORD);
    await Deno.writeTextFile(`${folder}/records/ab/${TOY_RECORD.name}.json`, JSON.stringify(TOY_RECORD));
    assert.deepEqual(await store.read(TOY_RECORD.name), { ...TOY_RECORD, withoutChecksum: true });

    await Deno.writeTextFile(`${folder}/log`, '{"a":1}\n');
    assert.deepEqual(await readJsonLines(`${folder}/log`), [{ a: 1 }]);
  }));

Deno.test("a bad line costs that line, which is told with its reason", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    await appendJsonLine(path, { a: 1 });
    await Deno.writeTextFile(path, `null\n{"a":\n${sealJson({ a: 5 }).replace("5", "6")}\n`, {
      append: true,
    });
    await appendJsonLine(path, { a: 2 });
    const told: string[] = [];
    assert.deepEqual(await readJsonLines(path, undefined, (problem) => told.push(problem)), [{ a: 1 }, {
      a: 2,
    }]);
    assert.deepEqual(told.map((problem) => problem.slice(0, `line 3 of ${path}: it`.length)), [
      `line 3 of ${path}: it`,
      `line 4 of ${path}: Un`,
      `line 5 of ${path}: it`,
    ]);
  }));

Deno.test("JSON with a checksum is what it was, whatever is in it", () => {
  for (const value of [{}, { a: "}" }, { espalier_crc32: 1 }, { a: { b: [null, "\u2028é"] } }]) {
    const text = sealJson(value);
    assert.deepEqual(openJson(text), { value, checked: true });
    assert.deepEqual({ ...JSON.parse(text), espalier_crc32: 0 }, { ...value, espalier_crc32: 0 });
  }
});
