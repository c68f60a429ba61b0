import assert from "node:assert/strict";
import { readTar } from "../../../lib/formats/archives/tar.ts";

/** A header and contents as POSIX has them, with the fields that count. */
function entry(path: string, contents: string, { kind = "0", folder = "" } = {}): number[] {
  const header = new Uint8Array(512);
  const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
  put(0, path);
  put(124, contents.length.toString(8).padStart(11, "0"));
  put(148, " ".repeat(8));
  put(156, kind);
  put(257, "ustar\x0000");
  put(345, folder);
  put(148, header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0") + "\0 ");
  const padding = (512 - contents.length % 512) % 512;
  return [...header, ...new TextEncoder().encode(contents), ...new Array<number>(padding).fill(0)];
}

const END = new Array<number>(1024).fill(0);
const text = new TextDecoder();

Deno.test("plain files come out by path, folders and links are passed over, and the end is the end", () => {
  const archive = Uint8Array.from([
    ...entry("a", "", { kind: "5" }),
    ...entry("a/one.txt", "one"),
    ...entry("link", "", { kind: "2" }),
    ...entry("two.txt", "x".repeat(512), { folder: "long/folder" }),
    ...END,
    ...entry("behind", "the end"),
  ]);
  const files = [...readTar(archive)].map(([path, bytes]) => [path, text.decode(bytes)]);
  assert.deepEqual(files, [["a/one.txt", "one"], ["long/folder/two.txt", "x".repeat(512)]]);
});

Deno.test("a header that is damaged and a file that is cut off are errors with the place", () => {
  const archive = Uint8Array.from([...entry("a", "one"), ...entry("b", "two"), ...END]);
  const damaged = archive.slice();
  damaged[1024]! ^= 1;
  const said = (message: RegExp) => ({ name: "SyntaxError", message });
  assert.throws(
    () => readTar(damaged, "a.tar"),
    said(/a\.tar: a header does not match its checksum, at byte 1024$/),
  );
  assert.throws(() => readTar(archive.subarray(0, 514)), said(/expected 3 bytes of contents, found 2/));
  assert.throws(() => readTar(archive.subarray(0, 1100)), said(/expected 512 bytes of a header, found 76/));
  const sizes = archive.slice();
  sizes.set(new TextEncoder().encode("9"), 124);
  assert.throws(() => readTar(sizes), SyntaxError);
});
