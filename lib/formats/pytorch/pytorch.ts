/**
 * Reads what `torch.save` writes: the ZIP format (PyTorch 1.6 and later) and the sequence of pickles before
 * it. No code in a file is ever run: see `pickle.ts` for how, `torch_classes.ts` for what is allowed.
 */
import { TypeError } from "../../errors.ts";
import { quoted } from "../../printable.ts";
import { sizeOf, type Tensor } from "../../tensor/tensor.ts";
import { type Cursor, cursor } from "../archives/cursor.ts";
import { type Elements, swapBytes } from "../elements.ts";
import { inWords } from "../in_words.ts";
import { otherArchive, programAmong } from "../other_archives.ts";
import { readPickle } from "./pickle.ts";
import { isView, storageOf, TORCH_GLOBALS } from "./torch_classes.ts";
import {
  isReadable,
  isShared,
  reach,
  type ReadableType,
  storageElements,
  tensorOf,
  type TorchStorage,
  type TorchView,
} from "./torch_storage.ts";
import { isZip, readZip, type ZipEntry } from "../archives/zip.ts";

/** Everything in a checkpoint as plain data: dictionaries are `Map`s, lists and tuples arrays. */
export type CheckpointValue =
  | Tensor
  | Map<CheckpointValue, CheckpointValue>
  | Set<CheckpointValue>
  | readonly CheckpointValue[]
  | Uint8Array
  | string
  | number
  | bigint
  | boolean
  | null
  | object;

/** `0x1950a86a20f9469cfc6c`, the first pickle of the old format. */
const MAGIC = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

/** Whether the bytes begin like a checkpoint of PyTorch before 1.6. */
export function isLegacyPytorch(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/**
 * The object that was saved, with its tensors. bfloat16 becomes float32, which is exact; where a tensor
 * cannot be read (float8, quantised, sparse, complex, without data), an object `{ unreadable }` says what it
 * is.
 *
 * @param name where the bytes come from, for error messages
 * @throws {SyntaxError} a file that is damaged, or that holds more than tensors and plain data: the error
 * names
 *   the class
 */
export function decodePytorch(bytes: Uint8Array, name = "PyTorch checkpoint"): CheckpointValue {
  if (isZip(bytes)) return decodePytorchArchive(readZip(bytes, name), bytes, name);
  if (isLegacyPytorch(bytes)) return decodeLegacy(bytes, name);
  throw cursor(bytes, name).fail(
    "expected a PyTorch checkpoint: a ZIP archive, or the magic number of older files",
  );
}

type ReadStorage = (storage: TorchStorage) => { raw: Uint8Array; at: Cursor; big: boolean };

/** {@linkcode decodePytorch} for an archive whose directory was read. */
export function decodePytorchArchive(
  entries: ReadonlyMap<string, ZipEntry>,
  bytes: Uint8Array,
  name: string,
): CheckpointValue {
  const paths = [...entries.keys()];
  const root = paths.find((path) => path === "data.pkl" || path.endsWith("/data.pkl"));
  if (root === undefined || programAmong(paths)) throw otherArchive(paths, cursor(bytes, name));
  const prefix = root.slice(0, -"data.pkl".length);
  const order = entries.get(`${prefix}byteorder`)?.read() ?? new Uint8Array();
  const big = new TextDecoder().decode(order).trim() === "big";
  const { value } = readPickle(entries.get(root)!.read(), {
    name: `${name}, entry ${quoted(root)}`,
    rules: { globals: TORCH_GLOBALS, persistentLoad: storageOf },
  });
  return withTensors(value, bytes.length, (storage) => {
    const path = `${prefix}data/${storage.key}`;
    const at = cursor(bytes, `${name}, entry ${quoted(path)}`);
    const entry = entries.get(path);
    if (!entry) throw at.fail("the pickle refers to this storage, but the archive has no such entry");
    return { raw: entry.read(), at, big };
  });
}

function decodeLegacy(bytes: Uint8Array, name: string): CheckpointValue {
  const seen = new Map<string, TorchStorage>();
  const rules = {
    globals: TORCH_GLOBALS,
    persistentLoad(id: unknown) {
      const storage = storageOf(id);
      const known = seen.get(storage.key);
      if (known && known.type !== storage.type) {
        throw new TypeError(`storage ${storage.key} is ${known.type.name} and ${storage.type.name} at once`);
      }
      seen.set(storage.key, storage);
      return storage;
    },
  };
  let end = MAGIC.length;
  const next = () => {
    const pickle = readPickle(bytes, { name, offset: end, rules });
    end = pickle.end;
    return pickle.value;
  };
  const protocol = next();
  if (protocol !== 1001) {
    throw cursor(bytes, name, end).fail(
      `expected protocol version 1001, found ${inWords(protocol)}`,
    );
  }
  const system = next();
  const big = system instanceof Map && system.get("little_endian") === false;
  const value = next();
  const keys = next();
  const place = cursor(bytes, name, end);
  if (!Array.isArray(keys)) throw place.fail("expected the list of storage keys");
  const data = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = seen.get(key);
    if (!storage || data.has(key)) {
      throw place.fail(`the storage ${inWords(key)} is listed, but not used once`);
    }
    const count = place.uint64("the length of a storage");
    if (count > BigInt(place.left())) {
      throw place.fail(`expected ${count} elements, found ${place.left()} bytes`);
    }
    data.set(key, place.take(Number(count) * storage.type.size, `storage ${key}`));
  }
  if (place.left() > 0) throw place.fail(`expected the end of the file, found ${place.left()} more bytes`);
  return withTensors(value, bytes.length, (storage) => {
    const raw = data.get(storage.key);
    if (!raw) throw place.fail(`storage ${storage.key} is used, but not in the file`);
    return { raw, at: cursor(bytes, name, raw.byteOffset - bytes.byteOffset), big };
  });
}

/** A copy of the value with every described tensor read. */
function withTensors(root: unknown, fileSize: number, read: ReadStorage): CheckpointValue {
  const found = new Map<string, ReturnType<ReadStorage>>();
  const storages = new Map<string, Elements>();
  const typed = new Set<string>();
  // Views with stride 0 can be far larger than the file, and a storage can be seen as many types: what is
  // made of stored bytes beyond them has a bound.
  let budget = 8 * fileSize + 2 ** 24;
  const spend = (bytes: number, at: Cursor) => {
    budget -= bytes;
    if (!(budget >= 0)) throw at.fail("the tensors are many times larger than the file");
  };
  /** Unpacked once, however many views there are. */
  const unpacked = (storage: TorchStorage) => {
    const known = found.get(storage.key) ?? read(storage);
    found.set(storage.key, known);
    return known;
  };

  const elements = (view: TorchView, type: ReadableType): Elements => {
    const { storage } = view;
    const key = `${type.name} ${storage.key}`;
    const { raw, at, big } = unpacked(storage);
    const bytesNeeded = (storage.start + storage.length) * type.size;
    if (bytesNeeded > raw.length) {
      throw at.fail(`expected ${bytesNeeded} bytes of ${type.name}, found ${raw.length}`);
    }
    if (reach(view) > storage.length) {
      throw at.fail(
        `a tensor of shape [${view.dims}] reaches element ${reach(view)} of a storage of ${storage.length}`,
      );
    }
    const known = storages.get(key);
    if (known) return known;
    if (typed.has(storage.key)) spend(raw.length, at);
    typed.add(storage.key);
    const whole = raw.subarray(0, raw.length - raw.length % type.size);
    const made = storageElements(big ? swapBytes(whole, type.size) : whole, type);
    storages.set(key, made);
    return made;
  };

  const tensor = (view: TorchView): Tensor => {
    const { type } = view;
    if (!isReadable(type)) throw new TypeError(`no array holds ${type.name}`);
    const data = elements(view, type);
    if (!isShared(view)) spend(sizeOf(view.dims) * data.BYTES_PER_ELEMENT, unpacked(view.storage).at);
    return tensorOf(view, data, type.type);
  };

  return replaceViews(root, tensor);
}

/** Walks without recursion and visits what is shared once: nesting and sharing are up to the file. */
function replaceViews(root: unknown, tensor: (view: TorchView) => Tensor): CheckpointValue {
  const made = new Map<object, object>();
  const pending: (() => void)[] = [];
  const replace = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    const known = made.get(value);
    if (known) return known;
    if (isView(value)) {
      const read = tensor(value);
      made.set(value, read);
      return read;
    }
    if (value instanceof Map) {
      const copy = new Map<unknown, unknown>();
      made.set(value, copy);
      pending.push(() => value.forEach((item, key) => copy.set(replace(key), replace(item))));
      return copy;
    }
    if (value instanceof Set) {
      const copy = new Set<unknown>();
      made.set(value, copy);
      pending.push(() => value.forEach((item) => copy.add(replace(item))));
      return copy;
    }
    if (Array.isArray(value)) {
      const copy: unknown[] = [];
      made.set(value, copy);
      pending.push(() => value.forEach((item) => copy.push(replace(item))));
      return copy;
    }
    return value;
  };
  const result = replace(root);
  for (let next = pending.pop(); next; next = pending.pop()) next();
  return result as CheckpointValue;
}
