import { decodeTfRecords } from "../../../lib/ctr/logs/tf_records.ts";
import { readTar } from "../../../lib/formats/archives/tar.ts";
import { decodeCifar } from "../../../lib/formats/cifar.ts";
import { decodeImage } from "../../../lib/formats/decode_image.ts";
import { decodeIdx } from "../../../lib/formats/idx.ts";
import { encodePng } from "../../../lib/formats/png.ts";
import { crc32 } from "../../../lib/files/crc32.ts";
import { readGlue } from "../../../lib/text/read_glue.ts";
import { readSquad } from "../../../lib/text/squad.ts";
import { fixture } from "../../formats/fixtures.ts";
import { damageJson } from "../mutate_json.ts";
import { damageProtobuf } from "../mutate_protobuf.ts";
import { NAMED, type Target } from "../target.ts";
import { decoded, encoded, noise } from "./seeds.ts";

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

function tarSeed(): Uint8Array {
  const file = new Uint8Array(3 * 512);
  const put = (at: number, text: string) => file.set(encoded(text), at);
  put(0, "a/b.bin");
  put(124, "00000000144\0");
  put(156, "0");
  const sum = file.subarray(0, 512).reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  put(148, sum.toString(8).padStart(6, "0") + "\0 ");
  file.fill(7, 512, 612);
  return file;
}

/** CRC-32C as TFRecord files have it, bit by bit: another one than the reader's. */
function castagnoli(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1;
  }
  sum = ~sum;
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}

/** A record of TFRecord files around a message. */
function asRecord(message: Uint8Array): Uint8Array {
  const file = new Uint8Array(message.length + 16);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(8, castagnoli(file.subarray(0, 8)), true);
  file.set(message, 12);
  view.setUint32(12 + message.length, castagnoli(message), true);
  return file;
}

const CLICKS = Deno.readFileSync(new URL("../../fixtures/ctr.tfrecord", import.meta.url));
const FIELDS = [{ name: "a", size: 3 }, { name: "b", size: 200 }, { name: "c", size: 40_000 }];
const firstRecord = 12 + Number(new DataView(CLICKS.buffer).getBigUint64(0, true));

const QUESTIONS = JSON.stringify({
  version: "1.1",
  data: [{
    title: "t",
    paragraphs: [{
      context: "a 😀 b",
      qas: [{ id: "1", question: "q?", answers: [{ text: "b", answer_start: 4 }] }],
    }],
  }],
});

/** Data sets and pictures. */
export const DATA: readonly Target[] = [
  {
    name: "IDX",
    seed: () => Uint8Array.of(0, 0, 0x0c, 2, 0, 0, 0, 5, 0, 0, 0, 7, ...noise(140)),
    decode: decodeIdx,
  },
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
  {
    name: "TFRecords",
    seed: () => CLICKS,
    decode: (bytes, name) => decodeTfRecords(bytes, FIELDS, name),
    clear: NAMED,
  },
  {
    name: "TFRecord with right checksums",
    seed: () => CLICKS.slice(12, firstRecord),
    damage: damageProtobuf,
    reseal: asRecord,
    decode: (bytes, name) => decodeTfRecords(bytes, FIELDS, name),
    clear: NAMED,
  },
  {
    name: "questions of SQuAD",
    seed: () => encoded(QUESTIONS),
    damage: damageJson,
    decode: (bytes, name) => readSquad(decoded(bytes), name),
    clear: NAMED,
  },
  {
    name: "rows of GLUE",
    seed: () => encoded("id\tsentence1\tsentence2\tlabel\n0\ta b\tc\tentailment\n1\td\té\tnot_entailment\n"),
    decode: (bytes, name) => readGlue("rte", decoded(bytes), name),
    clear: NAMED,
  },
];
