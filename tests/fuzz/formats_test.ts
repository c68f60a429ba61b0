import { ok } from "node:assert/strict";
import { zipSync } from "npm:fflate@0.8.3";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { decodeCifar } from "../../lib/formats/cifar.ts";
import { crc32 } from "../../lib/formats/archives/crc32.ts";
import { gunzip } from "../../lib/formats/archives/gunzip.ts";
import { decodeIdx } from "../../lib/formats/idx.ts";
import { decodeImage } from "../../lib/formats/decode_image.ts";
import { decodeCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { decodeNpy, encodeNpy } from "../../lib/formats/npy.ts";
import { decodeNpz } from "../../lib/formats/npz.ts";
import { encodePng } from "../../lib/formats/png.ts";
import { decodeSafetensors } from "../../lib/formats/safetensors.ts";
import { readTar } from "../../lib/formats/archives/tar.ts";
import { readZip } from "../../lib/formats/archives/zip.ts";
import { fixture } from "../formats/fixtures.ts";
import { mutations } from "./mutate.ts";

const MUTATIONS = 2000;

/** Far above what any seed here holds, far below what would hurt. */
const MOST_BYTES = 64 * 2 ** 20;

interface Target {
  name: string;
  seed: () => Uint8Array;
  /** Puts checksums right again, so that damage gets past them. */
  reseal?: (bytes: Uint8Array) => Uint8Array;
  decode: (bytes: Uint8Array) => unknown;
}

const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * i * 31 + i * 7) % 251);

/** The archive with one entry's contents replaced, its checksum right. */
function replaced(file: string, entry: string): (bytes: Uint8Array) => Uint8Array {
  const entries = readZip(fixture(file), file);
  const contents = Object.fromEntries([...entries].map(([path, { read }]) => [path, read()]));
  return (bytes) => zipSync({ ...contents, [entry]: bytes }, { level: 0 });
}

function entryOf(file: string, path: string): Uint8Array {
  return readZip(fixture(file), file).get(path)!.read();
}

/** Every chunk's checksum made right, as far as the chunks can be followed. */
function resealPng(bytes: Uint8Array): Uint8Array {
  const file = bytes.slice();
  const view = new DataView(file.buffer);
  for (let at = 8; at + 12 <= file.length;) {
    const length = view.getUint32(at);
    if (at + 12 + length > file.length) break;
    view.setUint32(at + 8 + length, crc32(file.subarray(at + 4, at + 8 + length)));
    at += 12 + length;
  }
  return file;
}

const idxSeed = () => Uint8Array.of(0, 0, 0x0c, 2, 0, 0, 0, 5, 0, 0, 0, 7, ...noise(140));
const pickles = "views/data.pkl";

const targets: Target[] = [
  { name: "legacy .th", seed: () => fixture("views_legacy.pth"), decode: decodeCheckpoint },
  { name: ".pth archive", seed: () => fixture("views.pth"), decode: decodeCheckpoint },
  {
    name: ".pth archive, its pickle",
    seed: () => entryOf("views.pth", pickles),
    reseal: replaced("views.pth", pickles),
    decode: decodeCheckpoint,
  },
  {
    name: ".pth checkpoint, its pickle of protocol 4",
    seed: () => entryOf("checkpoint_protocol4.pth", "checkpoint_protocol4/data.pkl"),
    reseal: replaced("checkpoint_protocol4.pth", "checkpoint_protocol4/data.pkl"),
    decode: decodeCheckpoint,
  },
  {
    name: ".pth archive of odd tensors, its pickle",
    seed: () => entryOf("odd.pth", "odd/data.pkl"),
    reseal: replaced("odd.pth", "odd/data.pkl"),
    decode: decodeCheckpoint,
  },
  { name: ".npz", seed: () => fixture("arrays_compressed.npz"), decode: decodeNpz },
  { name: ".npz of odd arrays", seed: () => fixture("odd.npz"), decode: decodeNpz },
  { name: ".npy", seed: () => fixture("version1.npy"), decode: decodeNpy },
  {
    name: ".npz, one array",
    seed: () => encodeNpy(new Tensor("float32", new Float32Array(24), [2, 3, 4])),
    reseal: (bytes) => zipSync({ "a.npy": bytes }),
    decode: decodeNpz,
  },
  { name: ".safetensors", seed: () => fixture("types.safetensors"), decode: decodeSafetensors },
  { name: "IDX", seed: idxSeed, decode: decodeIdx },
  {
    name: "CIFAR-10",
    seed: () => noise(3 * 3073).map((byte, i) => i % 3073 === 0 ? byte % 10 : byte),
    decode: decodeCifar,
  },
  { name: "PNG", seed: () => fixture("rgba.png"), decode: decodeImage },
  {
    name: "PNG with right checksums",
    seed: () => fixture("rgba.png"),
    reseal: resealPng,
    decode: decodeImage,
  },
  {
    name: "palette PNG with right checksums",
    seed: () => fixture("palette.png"),
    reseal: resealPng,
    decode: decodeImage,
  },
  {
    name: "larger PNG with right checksums",
    seed: () => encodePng({ width: 40, height: 30, channels: 3, data: noise(3600) }),
    reseal: resealPng,
    decode: decodeImage,
  },
  { name: "JPEG", seed: () => fixture("smooth.jpg"), decode: decodeImage },
  { name: "progressive JPEG", seed: () => fixture("smooth_progressive.jpg"), decode: decodeImage },
  { name: "tar", seed: tarSeed, decode: readTar },
];

function tarSeed(): Uint8Array {
  const file = new Uint8Array(3 * 512);
  const put = (at: number, text: string) => file.set(new TextEncoder().encode(text), at);
  put(0, "a/b.bin");
  put(124, "00000000144\0");
  put(156, "0");
  const sum = file.subarray(0, 512).reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  put(148, sum.toString(8).padStart(6, "0") + "\0 ");
  file.fill(7, 512, 612);
  return file;
}

/** A full result is whole tensors, or a whole picture: sizes and elements agree, and it is no larger than sane. */
function checkWhole(result: unknown): void {
  let bytes = 0;
  const visit = (value: unknown) => {
    if (value instanceof Tensor) {
      ok(value.data.length === value.dims.reduce((a, b) => a * b, 1));
      bytes += (value.data as Uint8Array).byteLength;
    } else if (value instanceof Map) value.forEach(visit);
    else if (value instanceof Uint8Array) bytes += value.byteLength;
    else if (typeof value === "object" && value !== null) {
      if ("width" in value) {
        const { width, height, channels, data } = value as Record<"width" | "height" | "channels", number> & {
          data: Uint8Array;
        };
        ok(data.length === width * height * channels);
      }
      Object.values(value).forEach(visit);
    }
  };
  visit(result);
  ok(bytes < MOST_BYTES, `a result of ${bytes} bytes`);
}

/** Messages of the language itself, not ours: they would say neither file nor place. */
const CLEAR = /^Cannot read fuzzed file.*at byte \d+$/s;

targets.forEach(({ name, seed, reseal = (bytes) => bytes, decode }, index) => {
  Deno.test(`fuzz ${name}: a clear error or a whole result`, async () => {
    const named = (bytes: Uint8Array) =>
      (decode as (b: Uint8Array, n: string) => unknown)(bytes, "fuzzed file");
    checkWhole(await named(reseal(seed())));
    let errors = 0;
    for (const { what, bytes } of mutations(seed(), MUTATIONS, index)) {
      let result: unknown;
      try {
        result = await named(reseal(bytes));
      } catch (error) {
        errors++;
        ok(error instanceof SyntaxError && CLEAR.test(error.message), `${what}: ${error}`);
        continue;
      }
      checkWhole(result);
    }
    ok(errors > MUTATIONS / 20, `only ${errors} of ${MUTATIONS} mutations were noticed`);
    ok(Deno.memoryUsage().rss < 2 * 2 ** 30);
  });
});

Deno.test("fuzz gzip: a clear error or a whole result", async () => {
  const packed = new Uint8Array(
    await new Response(new Blob([noise(4000)]).stream().pipeThrough(new CompressionStream("gzip")))
      .arrayBuffer(),
  );
  for (const { what, bytes } of mutations(packed, 500, 99)) {
    try {
      ok((await gunzip(bytes, "fuzzed file")).length <= MOST_BYTES);
    } catch (error) {
      ok(error instanceof SyntaxError && CLEAR.test(error.message), `${what}: ${error}`);
    }
  }
});
