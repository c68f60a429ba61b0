import { readZip } from "../../../lib/formats/archives/zip.ts";
import { decodeCheckpoint } from "../../../lib/formats/load_checkpoint.ts";
import { decodeMat } from "../../../lib/formats/mat.ts";
import { decodeNpy, encodeNpy } from "../../../lib/formats/npy.ts";
import { decodeNpz } from "../../../lib/formats/npz.ts";
import { decodeSafetensors } from "../../../lib/formats/safetensors.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { fixture } from "../../formats/fixtures.ts";
import { damageSafetensors } from "../mutate_json.ts";
import type { Target } from "../target.ts";
import { entryOf } from "./seeds.ts";
import { zipAround } from "./zip_around.ts";

/** The archive with one entry's contents replaced, its checksum right. */
function replaced(file: string, entry: string): (bytes: Uint8Array) => Uint8Array {
  const entries = readZip(fixture(file), file);
  const others = [...entries].filter(([path]) => path !== entry);
  return zipAround(Object.fromEntries(others.map(([path, { read }]) => [path, read()])), entry);
}

const pickles = "views/data.pkl";

/** Tensors of other programs. */
export const CHECKPOINTS: readonly Target[] = [
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
    reseal: zipAround({}, "a.npy"),
    decode: decodeNpz,
  },
  { name: ".safetensors", seed: () => fixture("types.safetensors"), decode: decodeSafetensors },
  {
    name: ".safetensors with a header of another shape",
    seed: () => fixture("types.safetensors"),
    damage: damageSafetensors,
    decode: decodeCheckpoint,
  },
  { name: "MATLAB arrays", seed: () => fixture("svhn_test.mat"), decode: decodeMat },
];
