import { deepEqual, throws } from "node:assert/strict";
import { zipSync } from "npm:fflate@0.8.3";
import { crc32 } from "../../../lib/files/crc32.ts";
import { readZip } from "../../../lib/formats/archives/zip.ts";

const TEXT = new TextEncoder().encode("espalier ".repeat(100));

Deno.test("zip: stored and deflated entries of another writer", () => {
  for (const level of [0, 6] as const) {
    const entries = readZip(zipSync({ "a/b.txt": TEXT, "empty": new Uint8Array() }, { level }), "x.zip");
    deepEqual([...entries.keys()], ["a/b.txt", "empty"]);
    deepEqual([entries.get("a/b.txt")!.read(), entries.get("empty")!.read()], [TEXT, new Uint8Array()]);
  }
});

Deno.test("zip: sizes and places in ZIP64 records", () => {
  deepEqual(readZip(zip64("a.bin", TEXT), "x.zip").get("a.bin")!.read(), TEXT);
});

Deno.test("zip: a damaged entry names archive and entry; the others are read", () => {
  const archive = zipSync({ good: TEXT, bad: TEXT }, { level: 0 });
  const at = archive.length - 22 - 2 * 46 - 7 - 5;
  archive[at]! ^= 1;
  const entries = readZip(archive, "x.zip");
  deepEqual(entries.get("good")!.read(), TEXT);
  throws(() => entries.get("bad")!.read(), { name: "SyntaxError", message: /x\.zip, entry "bad".*checksum/ });
});

Deno.test("zip: an entry that calls itself otherwise than the directory calls it is an error", () => {
  const archive = zipSync({ good: TEXT }, { level: 0 });
  archive[30] = "f".charCodeAt(0); // Its own name comes first, after 30 bytes.
  throws(() => readZip(archive, "x.zip").get("good")!.read(), {
    name: "SyntaxError",
    message: /x\.zip, entry "good": it calls itself "food"/,
  });
});

Deno.test("zip: a claim of more than a deflate stream can hold is refused before memory is taken", () => {
  const archive = zipSync({ a: TEXT }, { level: 9 });
  // The uncompressed size in the central directory: 24 bytes into its only entry.
  const view = new DataView(archive.buffer, archive.byteOffset);
  view.setUint32(view.getUint32(archive.length - 6, true) + 24, 900_000_000, true);
  throws(() => readZip(archive, "bomb.zip").get("a")!.read(), { message: /a claim of 900000000/ });
  view.setUint32(view.getUint32(archive.length - 6, true) + 24, 0xf0000000, true);
  throws(() => readZip(archive, "bomb.zip"), { message: /expected at most 1073741824 bytes when unpacked/ });
});

/** An archive of one stored entry whose sizes and places stand in ZIP64 fields only. */
function zip64(path: string, contents: Uint8Array): Uint8Array {
  const parts: number[] = [];
  const put = (bytes: number, value: number) => {
    for (let i = 0; i < bytes; i++) parts.push(Math.floor(value / 2 ** (8 * i)) % 256);
  };
  const name = [...new TextEncoder().encode(path)];
  const common = () => (put(2, 45), put(2, 0), put(2, 0), put(4, 0), put(4, crc32(contents)));
  put(4, 0x04034b50), common(), put(4, 0xffffffff), put(4, 0xffffffff), put(2, name.length), put(2, 0);
  parts.push(...name, ...contents);
  const directory = parts.length;
  put(4, 0x02014b50), put(2, 45), common(), put(4, 0xffffffff), put(4, 0xffffffff);
  put(2, name.length), put(2, 28), put(2, 0), put(2, 0), put(2, 0), put(4, 0), put(4, 0xffffffff);
  parts.push(...name);
  put(2, 1), put(2, 24), put(8, contents.length), put(8, contents.length), put(8, 0);
  const end = parts.length;
  put(4, 0x06064b50), put(8, 44), put(2, 45), put(2, 45), put(4, 0), put(4, 0);
  put(8, 1), put(8, 1), put(8, end - directory), put(8, directory);
  put(4, 0x07064b50), put(4, 0), put(8, end), put(4, 1);
  put(4, 0x06054b50),
    put(4, 0),
    put(2, 0xffff),
    put(2, 0xffff),
    put(4, 0xffffffff),
    put(4, 0xffffffff),
    put(2, 0);
  return Uint8Array.from(parts);
}
