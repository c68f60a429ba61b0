import type { PickleClass } from "./pickle.ts";
import { TORCH_TYPES, type TorchStorage, type TorchType, type TorchView } from "./torch_storage.ts";

/** What `torch.save` refers to in a file of tensors: this list and nothing else. */
export const TORCH_GLOBALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...storageClasses(),
  ...Object.values(TORCH_TYPES).map((type) => [`torch.${type.name}`, { dtype: type }] as const),
  ["torch._utils._rebuild_tensor", { construct: rebuild }],
  ["torch._utils._rebuild_tensor_v2", { construct: rebuild }],
  ["torch._utils._rebuild_tensor_v3", { construct: rebuildTyped }],
  ["torch._utils._rebuild_parameter", { construct: ([data]) => expectView(data) } satisfies PickleClass],
  ["torch.Size", { construct: ([dims]) => wholeNumbers(dims, "sizes") } satisfies PickleClass],
  ["torch.device", { construct: (parts) => parts.join(":") } satisfies PickleClass],
  ["collections.OrderedDict", mapClass()],
  ["collections.Counter", mapClass()],
  ["argparse.Namespace", namespaceClass()],
  ["builtins.set", setClass()],
  ["__builtin__.set", setClass()],
  ["_codecs.encode", { construct: encodeLatin1 }],
  ["numpy.dtype", numpyDtypeClass()],
  ["numpy.core.multiarray.scalar", { construct: numpyScalar }],
  ["numpy._core.multiarray.scalar", { construct: numpyScalar }],
]);

/** Whether a value of a pickle is a tensor that was described but not yet read. */
export function isView(value: unknown): value is TorchView {
  return typeof value === "object" && value !== null && "storage" in value && "strides" in value;
}

/**
 * The storage that a persistent id stands for: `("storage", class, key, location, length)`, in old files with
 * `(view key, start, length)` or nothing as a sixth entry.
 */
export function storageOf(id: unknown): TorchStorage {
  if (!Array.isArray(id) || id[0] !== "storage" || id.length < 5) {
    throw new TypeError(
      "expected the persistent id of a storage; a whole module cannot be read, only its tensors",
    );
  }
  const [, kind, key, , length, view] = id;
  if (typeof key !== "string") throw new TypeError("expected the key of a storage as text");
  const [start, viewLength] = Array.isArray(view) ? [view[1], view[2]] : [0, length];
  return {
    key,
    type: expectType(kind),
    length: wholeNumber(viewLength, "the length of a storage"),
    start: wholeNumber(start, "the start of a storage"),
  };
}

function rebuild(args: readonly unknown[]): TorchView {
  const [storage, offset, dims, strides] = args;
  if (!isStorage(storage)) throw new TypeError("expected a storage");
  if (storage.type.name === "untyped") throw new TypeError("expected a storage with an element type");
  return viewOf(storage, storage.type, offset, dims, strides);
}

/** Types without a storage class of their own: an untyped storage and the type beside it. */
function rebuildTyped(args: readonly unknown[]): TorchView {
  const [storage, offset, dims, strides, , , dtype] = args;
  if (!isStorage(storage)) throw new TypeError("expected a storage");
  const type = expectType(dtype);
  const retyped = { ...storage, type, length: Math.floor(storage.length * storage.type.size / type.size) };
  return viewOf(retyped, type, offset, dims, strides);
}

function viewOf(
  storage: TorchStorage,
  type: TorchType,
  offset: unknown,
  dims: unknown,
  strides: unknown,
): TorchView {
  const view = {
    storage,
    type,
    offset: wholeNumber(offset, "an offset"),
    dims: wholeNumbers(dims, "sizes"),
    strides: wholeNumbers(strides, "strides"),
  };
  if (view.dims.length !== view.strides.length || view.dims.length > 64) {
    throw new TypeError(
      `expected as many strides as sizes, found ${view.strides.length} and ${view.dims.length}`,
    );
  }
  return view;
}

function storageClasses(): [string, { dtype: TorchType }][] {
  const classes = {
    FloatStorage: "float32",
    DoubleStorage: "float64",
    HalfStorage: "float16",
    BFloat16Storage: "bfloat16",
    LongStorage: "int64",
    IntStorage: "int32",
    ShortStorage: "int16",
    CharStorage: "int8",
    ByteStorage: "uint8",
    BoolStorage: "bool",
    UntypedStorage: "untyped",
  };
  return Object.entries(classes).flatMap(([name, type]) =>
    ["torch", "torch.cuda", "torch.storage"].map((module): [string, { dtype: TorchType }] => [
      `${module}.${name}`,
      { dtype: TORCH_TYPES[type]! },
    ])
  );
}

function expectType(value: unknown): TorchType {
  if (typeof value !== "object" || value === null || !("dtype" in value)) {
    throw new TypeError("expected an element type");
  }
  return value.dtype as TorchType;
}

function isStorage(value: unknown): value is TorchStorage {
  return typeof value === "object" && value !== null && "key" in value && "start" in value;
}

function expectView(value: unknown): TorchView {
  if (!isView(value)) throw new TypeError("expected a tensor");
  return value;
}

function wholeNumber(value: unknown, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`expected ${what} as a whole number from 0 up, found ${String(value).slice(0, 40)}`);
  }
  return value;
}

function wholeNumbers(value: unknown, what: string): number[] {
  if (!Array.isArray(value)) throw new TypeError(`expected ${what} as a tuple`);
  return value.map((item) => wholeNumber(item, what));
}

/** Ordered dictionaries and counters; attributes that PyTorch hangs on them (`_metadata`) are left out. */
function mapClass(): PickleClass {
  return {
    construct([items]) {
      if (items === undefined) return new Map();
      if (items instanceof Map) return new Map(items);
      if (Array.isArray(items) && items.every((item) => Array.isArray(item) && item.length === 2)) {
        return new Map(items as [unknown, unknown][]);
      }
      throw new TypeError("expected nothing, a dictionary or a list of pairs");
    },
    setState() {},
  };
}

/** The parsed command line that many training programs keep beside the weights: its values, as a dictionary. */
function namespaceClass(): PickleClass {
  return {
    construct: () => new Map(),
    setState(object, state) {
      if (!(state instanceof Map)) throw new TypeError("expected a dictionary");
      for (const [key, value] of state) (object as Map<unknown, unknown>).set(key, value);
    },
  };
}

function setClass(): PickleClass {
  return {
    construct([items]) {
      if (items !== undefined && !Array.isArray(items)) throw new TypeError("expected a list");
      return new Set(items);
    },
  };
}

/** Protocol 2 has no bytes: Python writes them as text to be encoded as Latin-1. */
function encodeLatin1([text, encoding]: readonly unknown[]): Uint8Array {
  if (typeof text !== "string" || encoding !== "latin1") throw new TypeError("expected text and 'latin1'");
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const NUMPY_SCALARS: Readonly<
  Record<string, (view: DataView, little: boolean) => number | bigint | boolean>
> = {
  f8: (view, little) => view.getFloat64(0, little),
  f4: (view, little) => view.getFloat32(0, little),
  i8: (view, little) => view.getBigInt64(0, little),
  i4: (view, little) => view.getInt32(0, little),
  u8: (view, little) => view.getBigUint64(0, little),
  u4: (view, little) => view.getUint32(0, little),
  b1: (view) => view.getUint8(0) !== 0,
};

/** numpy's description of an element: `dtype("f8", False, True)`, then `(3, "<", …)` as its state. */
function numpyDtypeClass(): PickleClass {
  return {
    construct([code]) {
      if (typeof code !== "string" || !(Object.hasOwn(NUMPY_SCALARS, code))) {
        throw new TypeError(
          `expected one of ${Object.keys(NUMPY_SCALARS).join(", ")}, found ${String(code)}`,
        );
      }
      return { code, little: true };
    },
    setState(object, state) {
      if (!Array.isArray(state)) throw new TypeError("expected a tuple");
      (object as { little: boolean }).little = state[1] !== ">";
    },
  };
}

function numpyScalar([dtype, bytes]: readonly unknown[]): number | bigint | boolean {
  if (typeof dtype !== "object" || dtype === null || !("code" in dtype) || !(bytes instanceof Uint8Array)) {
    throw new TypeError("expected an element type and its bytes");
  }
  const { code, little } = dtype as { code: string; little: boolean };
  if (bytes.length !== Number(code[1])) {
    throw new TypeError(`expected ${code[1]} bytes, found ${bytes.length}`);
  }
  return NUMPY_SCALARS[code]!(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), little);
}
