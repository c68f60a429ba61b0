/** Digests name what is kept on disks and in recordings: their bytes may not change. */
import assert from "node:assert/strict";
import { requestHash } from "../../lib/chat/request.ts";
import { recordKey } from "../../lib/evaluation/record.ts";
import { type Kind, unit } from "../../lib/experiment/mod.ts";
import { nameOf } from "../../lib/experiment/task.ts";
import { canonicalJson } from "../../lib/files/canonical_json.ts";
import { filesDigest, tensorsDigest, textDigest } from "../../lib/files/digest.ts";
import { languageModel } from "../../lib/lm/language_model.ts";
import { textHash } from "../../lib/questions/held_out.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { inFolder } from "../in_folder.ts";

/** SHA-256 by the browser's interface, in hex. */
const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();

const utf8 = (text: string) => new TextEncoder().encode(text);

Deno.test("a text's digest is SHA-256 of its UTF-8, as the standard's examples have it", async () => {
  // FIPS 180-2, appendix B.1.
  assert.equal(
    textDigest("abc"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assert.equal(textDigest("naïve ∑ 🙂"), await sha256(utf8("naïve ∑ 🙂")));
});

Deno.test("files' digest is that of all their bytes in order", () =>
  inFolder(async (folder) => {
    const paths = ["b", "a"].map((name) => `${folder}/${name}`);
    await Deno.writeTextFile(paths[0]!, "a");
    await Deno.writeTextFile(paths[1]!, "bc");
    assert.equal(await filesDigest(paths), textDigest("abc"));
    assert.equal(await filesDigest(paths.toReversed()), textDigest("bca"));
    await assert.rejects(filesDigest([`${folder}/none`]));
  }));

Deno.test("tensors' digest is that of the head, and of each name and its numbers' own bytes, in order", async () => {
  const whole = Float32Array.of(1, 2, 3, 4);
  const bytes = (array: ArrayBufferView<ArrayBuffer>) =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const entries: [string, ArrayBufferView<ArrayBuffer>][] = [
    ["b", whole.subarray(1, 3)],
    ["a", BigInt64Array.of(-1n)],
    ["none", new Uint8Array(0)],
  ];
  const parts = [utf8("head"), ...entries.flatMap(([name, data]) => [utf8(name), bytes(data)])];
  const expected = await sha256(new Uint8Array(await new Blob(parts).arrayBuffer()));
  assert.equal(tensorsDigest("head", entries), expected);
  assert.notEqual(tensorsDigest("head", entries.toReversed()), expected);
});

Deno.test("keys of recordings, logs and results are those of the files that are kept", async () => {
  assert.equal(
    textHash("How MANY, then?"),
    "37ccab1c025335b5d6090271ca9633c7a8bb4e38047d47845b9614f74e13f7c9",
  );
  const messages = [{ role: "user", content: "hé?" }] as const;
  assert.equal(
    requestHash({ model: "m", messages, temperature: 0, seed: 1, maxTokens: 8 }, 2),
    "64069ad936d2f46dd7833bd20459c94571e17cf50ac6e5a9cbace676b5895572",
  );
  assert.equal(
    recordKey({
      ...{ model: "m", method: "dense", identity: "m", item: "1", run: 0, promptHash: "", dataset: "folio" },
      decoding: { temperature: 0, topP: 1, maxTokens: 8, seed: 0 },
    }),
    "d00b30134c412ee9549f291d8a445539502b8b00b86a7868facfed499ad50a7f",
  );
  const toy: Kind<{ a: number }> = {
    ...{ name: "toy", version: 1, module: import.meta.url, label: () => "a toy" },
    work: () => Promise.resolve({ rows: [] }),
  };
  assert.equal(
    nameOf(unit(toy, { a: 1 }), { engine: "native", machine: "this one", digests: {} }),
    "321e35c4d854e165525d84b746b8f2dd06c409d1565060f2885392033acf0b07",
  );
  const options = { context: 8, vocabulary: 3 };
  const [b, a] = [Float32Array.of(1, 2), Float32Array.of(3)];
  const codes = { codes: Uint8Array.of(1, 2), scales: Float32Array.of(4) };
  const weights = {
    ...{ name: "toy", family: "llama", options },
    tensors: { b: new Tensor("float32", b, [2]), a: new Tensor("float32", a, [1]) },
    packed: {
      d: { read: () => codes },
      c: { read: () => ({ ...codes, offsets: a }) },
    },
  };
  const vocabulary = { size: 3, name: "toy" };
  const model = languageModel(weights as never, { vocabulary } as never);
  const own = (name: string, ...arrays: (Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>)[]) =>
    arrays.flatMap((array) => [utf8(name), array]);
  const parts = [
    utf8(canonicalJson({ ...options, products: "whole numbers" }, "model")),
    ...[...own("a", a), ...own("b", b)],
    ...own("c", codes.codes, codes.scales, a),
    ...own("d", codes.codes, codes.scales, new Float32Array()),
  ];
  assert.equal(model.digest(), await sha256(new Uint8Array(await new Blob(parts).arrayBuffer())));
});
