import assert from "node:assert/strict";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { type Checkpoint, fingerprint, readCheckpoint, writeCheckpoint } from "../../lib/train/checkpoint.ts";
import { inFolder } from "../in_folder.ts";

const checkpoint: Checkpoint = {
  fingerprint: "f",
  step: 12,
  running: { loss: 1.5, examples: 64 },
  unseen: { loss: 0.25, steps: 2 },
  rates: [[0, 0.1], [11, 0.05]],
  history: [{ epoch: 1, step: 6, rate: 0.1, loss: 0.7 }],
  state: { w: float32([1, NaN, -0], [3]), "best/w": float32([7], [1]) },
  best: { epoch: 1, score: 0.9, weights: { w: float32([4, 5, 6], [3]) } },
  sparse: { "mask/w": float32([2], [1]) },
};

const withPath = (use: (path: string) => Promise<void>) =>
  inFolder((folder) => use(`${folder}/run.safetensors`));

/** All of it as plain values, tensors bit by bit. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(
      value,
      (_, part) =>
        part?.dims && part.data
          ? { dims: part.dims, bits: [...new Uint32Array((part.data as Float32Array).slice().buffer)] }
          : part,
    ),
  );
}

Deno.test("a checkpoint is read as it was written, also over an older one; without a file there is none", () =>
  withPath(async (path) => {
    assert.equal(await readCheckpoint(path), undefined);
    await writeCheckpoint(path, { ...checkpoint, step: 3 });
    await writeCheckpoint(path, checkpoint);
    const found = (await readCheckpoint(path))!;
    for (const key of Object.keys(checkpoint) as (keyof Checkpoint)[]) {
      assert.deepEqual(plain(found[key]), plain(checkpoint[key]), key);
    }
    assert.deepEqual(
      [...Deno.readDirSync(path.replace(/\/[^/]*$/, ""))].length,
      1,
      "nothing is left beside it",
    );
  }));

Deno.test("a file that is no checkpoint is refused by name", () =>
  withPath(async (path) => {
    await Deno.writeFile(path, encodeSafetensors({ w: float32([1], [1]) }));
    await assert.rejects(readCheckpoint(path), {
      name: "SyntaxError",
      message: /^Cannot resume from .*run\.safetensors: expected a checkpoint that fit\(\) wrote/,
    });
    const metadata = { format: "another", record: "{}" };
    await Deno.writeFile(path, encodeSafetensors({ w: float32([1], [1]) }, { metadata }));
    await assert.rejects(readCheckpoint(path), { name: "SyntaxError", message: /format "another"/ });
    await Deno.writeTextFile(path, "no tensors");
    await assert.rejects(readCheckpoint(path), { name: "SyntaxError" });
  }));

Deno.test("a fingerprint tells apart whatever differs in files, settings, and where one ends", async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const all = await Promise.all([
    fingerprint([bytes("ab"), bytes("c")], ["s"]),
    fingerprint([bytes("a"), bytes("bc")], ["s"]),
    fingerprint([bytes("ab"), bytes("c")], ["t"]),
    fingerprint([bytes("ab")], ["s"]),
    fingerprint([bytes("c"), bytes("ab")], ["s"]),
  ]);
  assert.equal(new Set(all).size, all.length);
  assert.equal(await fingerprint([bytes("ab"), bytes("c")], ["s"]), all[0]);
  // SHA-256 of the three SHA-256 one after the other, by another program: what older checkpoints hold.
  assert.equal(all[0], "17ebe439286ea4cda46f110b95f19ba32d25f4e771bc2c32cdb9b60fb2c438f4");
});
