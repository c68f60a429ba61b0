import assert from "node:assert/strict";
import { zipSync } from "npm:fflate@0.8.3";
import { parseRecord } from "../../lib/experiment/store/record.ts";
import { seal, sealJson } from "../../lib/files/checksum.ts";
import { crc32 } from "../../lib/formats/archives/crc32.ts";
import { readTar } from "../../lib/formats/archives/tar.ts";
import { readZip } from "../../lib/formats/archives/zip.ts";
import { decodeCifar } from "../../lib/formats/cifar.ts";
import { decodeImage } from "../../lib/formats/decode_image.ts";
import { decodeIdx } from "../../lib/formats/idx.ts";
import { decodeCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { decodeNpy, encodeNpy } from "../../lib/formats/npy.ts";
import { decodeNpz } from "../../lib/formats/npz.ts";
import { encodePng } from "../../lib/formats/png.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { createMetanetwork, loadMetanetwork } from "../../lib/metanet/mod.ts";
import { encodeMetanetwork } from "../../lib/metanet/metanetwork_file.ts";
import { decodeSparse } from "../../lib/sparse/pack/load_sparse.ts";
import { encodeSparse } from "../../lib/sparse/pack/save_sparse.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { decodeTrainingCheckpoint } from "../../lib/train/checkpoint.ts";
import { countMacs, GraphBuilder, inferShapes, mlp, planPruning, prune } from "../../mod.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { TOY_RECORD } from "../experiment/toy_record.ts";
import { fixture } from "../formats/fixtures.ts";

/** Far above what any seed here holds, far below what would hurt. */
const MOST_BYTES = 64 * 2 ** 20;

/** A format to damage files of, and who reads them. */
export interface Target {
  name: string;
  seed: () => Uint8Array;
  /** Puts checksums right again, so that damage gets past them. */
  reseal?: (bytes: Uint8Array) => Uint8Array;
  decode: (bytes: Uint8Array, name: string) => unknown;
  /** What every error says. Default: file and byte. */
  clear?: RegExp;
}

/** Messages of the language itself, not ours, would say neither file nor place. */
export const CLEAR = /^Cannot read fuzzed file.*at byte \d+$/s;

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

/** Readers of foreign formats, each with a small file of its own. */
export const FOREIGN: readonly Target[] = [
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
    reseal: (bytes) => zipSync({ "a.npy": bytes }, { level: 0 }),
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

/** A small network with a residual block, as ONNX. */
function onnxSeed(): Uint8Array {
  const g = new GraphBuilder("small");
  const weight = (name: string, dims: number[]) =>
    g.parameter(
      name,
      new Tensor(
        "float32",
        Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i + 1)),
        dims,
      ),
    );
  const x = g.input("x", "float32", ["N", 3, 8, 8]);
  const first = g.relu(g.conv(x, weight("w1", [4, 3, 3, 3]), weight("b1", [4]), { pads: [1, 1, 1, 1] }));
  const second = g.add(g.conv(first, weight("w2", [4, 4, 1, 1])), first);
  const flat = g.reshape(g.globalAveragePool(second), [0, 4]);
  g.output(g.gemm(flat, weight("w3", [2, 4]), undefined, { transB: 1 }), "y");
  return g.model().toOnnx();
}

/** From bytes to a pruned model's bytes. */
function pipeline(bytes: Uint8Array, name: string): unknown {
  const model = decodeModel(bytes, { file: name });
  const whole = inferShapes(model, {});
  countMacs(whole);
  const smaller = prune(whole, planPruning(whole, { target: { parameters: 0.7 }, criterion: "l1" }));
  return decodeModel(smaller.toOnnx());
}

const rightSeal = (bytes: Uint8Array) => {
  const file = bytes.slice();
  seal(file, file.length);
  return file;
};

function checkpointSeed(): Uint8Array {
  const record = {
    fingerprint: "f",
    step: 12,
    running: { loss: 1.5, examples: 64 },
    unseen: { loss: 0.25, steps: 2 },
    rates: [[0, 0.1]],
    history: [{ epoch: 1, step: 6, rate: 0.1, loss: 0.7 }],
  };
  const metadata = { format: "espalier training checkpoint 1", record: JSON.stringify(record) };
  const w = new Tensor("float32", new Float32Array(24), [4, 6]);
  return encodeSafetensors({ "state/w": w, "sparse/m": w }, { metadata, checksum: true });
}

const recordSeed = () => new TextEncoder().encode(sealJson(TOY_RECORD));

const SENTENCE = /^Cannot .+/s;

/** Readers of Espalier's own files, and the way of an ONNX file through the library. */
export const OWN: readonly Target[] = [
  {
    name: "ONNX, read, counted, planned, pruned, written",
    seed: onnxSeed,
    decode: pipeline,
    clear: SENTENCE,
  },
  { name: "training checkpoint", seed: checkpointSeed, decode: decodeTrainingCheckpoint, clear: SENTENCE },
  {
    name: "training checkpoint with right checksums",
    seed: checkpointSeed,
    reseal: rightSeal,
    decode: decodeTrainingCheckpoint,
    clear: SENTENCE,
  },
  {
    name: "metanetwork with right checksums",
    seed: () =>
      encodeMetanetwork(createMetanetwork({ nodeFeatures: 2, edges: "taps", hidden: 2, layers: 1 })),
    reseal: rightSeal,
    decode: loadMetanetwork,
    clear: SENTENCE,
  },
  {
    name: "sparse model with right checksums",
    seed: () => encodeSparse(mlp({ sizes: [4, 8, 2] })),
    reseal: rightSeal,
    decode: decodeSparse,
    clear: SENTENCE,
  },
  {
    name: "record of a unit",
    seed: recordSeed,
    decode: (bytes) => {
      const found = parseRecord(new TextDecoder().decode(bytes), TOY_RECORD.name);
      if (typeof found === "string") throw new SyntaxError(`Cannot read fuzzed file: ${found}`);
      return found;
    },
    clear: SENTENCE,
  },
];

/** A full result is whole tensors, or a whole picture: sizes and elements agree, and it is no larger than sane. */
export function checkWhole(result: unknown): void {
  let bytes = 0;
  const visit = (value: unknown) => {
    if (value instanceof Tensor) {
      assert.ok(value.data.length === value.dims.reduce((a, b) => a * b, 1));
      bytes += (value.data as Uint8Array).byteLength;
    } else if (value instanceof Map) value.forEach(visit);
    else if (value instanceof Uint8Array) bytes += value.byteLength;
    else if (typeof value === "object" && value !== null) {
      if ("width" in value) {
        const { width, height, channels, data } = value as Record<"width" | "height" | "channels", number> & {
          data: Uint8Array;
        };
        assert.ok(data.length === width * height * channels);
      }
      Object.values(value).forEach(visit);
    }
  };
  visit(result);
  assert.ok(bytes < MOST_BYTES, `a result of ${bytes} bytes`);
}

/** What came of one damaged file: a whole result, or an error that is a sentence; all else throws. */
export async function tryOne(target: Target, bytes: Uint8Array, what: string): Promise<"read" | "refused"> {
  const { reseal = (same) => same, decode, clear = CLEAR } = target;
  let result: unknown;
  try {
    result = await decode(reseal(bytes), "fuzzed file");
  } catch (error) {
    const classes = clear === CLEAR ? [SyntaxError] : [SyntaxError, TypeError, RangeError];
    // The stack is made when it is looked at, which takes longer than most readers.
    const { message } = error as Error;
    if (classes.some((kind) => error instanceof kind) && clear.test(message)) return "refused";
    assert.fail(`${what}: ${(error as Error).stack}`);
  }
  checkWhole(result);
  return "read";
}
