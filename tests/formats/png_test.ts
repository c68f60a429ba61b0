import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { decode as fastPngDecode, encode as fastPngEncode } from "npm:fast-png@8.0.0";
import { crc32 } from "../../lib/files/crc32.ts";
import { decodePng, encodePng } from "../../lib/formats/png.ts";
import { dataFile } from "../data.ts";
import { fixture } from "./fixtures.ts";

Deno.test("PNG: written images are read back by us and by another library", () => {
  for (const channels of [1, 2, 3, 4]) {
    const data = Uint8Array.from({ length: 7 * 5 * channels }, (_, i) => (i * 37) % 256);
    const file = encodePng({ width: 7, height: 5, channels, data });
    deepEqual(decodePng(file), { width: 7, height: 5, channels, data });
    deepEqual(new Uint8Array(fastPngDecode(file).data.buffer), data);
  }
  throws(() => encodePng({ width: 2, height: 2, channels: 3, data: new Uint8Array(5) }), {
    name: "RangeError",
  });
});

Deno.test("PNG: interlaced images of every small size, written by another library", () => {
  for (const [width, height] of [[1, 1], [3, 2], [5, 9], [8, 8], [17, 11]] as const) {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256);
    const file = fastPngEncode({ width, height, channels: 3, depth: 8, data }, { interlace: "Adam7" });
    equal(file[28], 1, "the file is interlaced");
    deepEqual(decodePng(file).data, data);
  }
});

Deno.test("PNG: a size that the pixels do not have is an error before memory is taken", () => {
  const file = fixture("rgb.png");
  const cut = file.slice(0, file.length - 20);
  throws(() => decodePng(cut, "cut.png"), { name: "SyntaxError", message: /cut\.png.*at byte/ });
});

Deno.test("PNG: pixels that do not match the checksum of their stream are an error", () => {
  const file = encodePng({ width: 3, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
  // Behind the pixels, in "IDAT": the stream's checksum, then the chunk's; "IEND" is the last 12 bytes.
  const [sum, chunk] = [file.length - 12 - 8, file.length - 12 - 4];
  const start = file.findIndex((_, i) => new TextDecoder().decode(file.subarray(i, i + 4)) === "IDAT");
  file[sum]! ^= 1;
  new DataView(file.buffer).setUint32(chunk, crc32(file.subarray(start, chunk)));
  throws(() => decodePng(file, "a.png"), {
    name: "SyntaxError",
    message: /a\.png.*the pixels do not match their checksum/,
  });
});

const bird = dataFile("sr/Set5/HR/bird.png");
Deno.test({
  name: "PNG: real images as another library reads them",
  ignore: !bird,
  async fn() {
    for (const path of [bird!, dataFile("sr/T91/t1.png")!, dataFile("sr/Set14/HR/bridge.png")!]) {
      const file = await Deno.readFile(path);
      const ours = decodePng(file, path);
      const theirs = fastPngDecode(file);
      deepEqual([ours.width, ours.height, ours.channels], [theirs.width, theirs.height, theirs.channels]);
      ok(ours.data.every((sample, i) => sample === theirs.data[i]));
    }
  },
});
