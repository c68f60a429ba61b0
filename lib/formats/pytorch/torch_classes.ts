import { TypeError } from "../../errors.ts";
import { inWords } from "../in_words.ts";
import { isUnreadable, type Unreadable } from "../left_out.ts";
import type { PickleClass } from "./pickle.ts";
import {
  isReadable,
  TORCH_TYPES,
  type TorchStorage,
  type TorchType,
  type TorchView,
} from "./torch_storage.ts";

/** Named in files of tensors, but never called: the classes of tensors, and how quantised ones are scaled. */
const NAMES_OF_CLASSES = [
  "torch.Tensor",
  "torch._tensor.Tensor",
  "torch.nn.parameter.Parameter",
  "torch.nn.parameter.Buffer",
  "torch.per_tensor_affine",
  "torch.per_tensor_symmetric",
  "torch.per_channel_affine",
  "torch.per_channel_symmetric",
  "torch.per_channel_affine_float_qparams",
  "numpy.ndarray",
];

/** Classes and functions that `torch.save` refers to in a file of tensors: this list and nothing else. */
export const TORCH_GLOBALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...storageClasses(),
  ...unreadableClasses(),
  ...Object.values(TORCH_TYPES).map((type) => [`torch.${type.name}`, { dtype: type }] as const),
  ["torch._utils._rebuild_tensor", { construct: rebuild }],
  ["torch._utils._rebuild_tensor_v2", { construct: rebuild }],
  ["torch._utils._rebuild_tensor_v3", { construct: rebuildTyped }],
  ["torch._utils._rebuild_parameter", { construct: ([data]) => expectTensor(data) } satisfies PickleClass],
  [
    "torch._utils._rebuild_parameter_with_state",
    {
      construct: ([data]) => expectTensor(data),
    } satisfies PickleClass,
  ],
  ["torch._tensor._rebuild_from_type_v2", { construct: rebuildFromType } satisfies PickleClass],
  ["torch._utils._rebuild_qtensor", { construct: rebuildQuantised } satisfies PickleClass],
  ["torch._utils._rebuild_meta_tensor_no_storage", { construct: rebuildMeta } satisfies PickleClass],
  ["torch.Size", { construct: ([dims]) => wholeNumbers(dims, "sizes") } satisfies PickleClass],
  ["torch.device", { construct: deviceName } satisfies PickleClass],
  ...NAMES_OF_CLASSES.map((name) => [name, { name }] as const),
  ["torch.serialization._get_layout", { construct: ([name]) => name } satisfies PickleClass],
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

function deviceName(parts: readonly unknown[]): string {
  if (!parts.every((part) => typeof part === "string" || typeof part === "number")) {
    throw new TypeError("expected a kind of device and a number");
  }
  return parts.join(":");
}

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

type Described = TorchView | Unreadable;

function rebuild(args: readonly unknown[]): Described {
  const [storage, offset, dims, strides, , , bits] = args;
  if (!isStorage(storage)) throw new TypeError("expected a storage");
  if (storage.type.name === "untyped") throw new TypeError("expected a storage with an element type");
  return viewOf(storage, storage.type, { offset, dims, strides, bits });
}

/** Types without a storage class of their own: an untyped storage and the type beside it. */
function rebuildTyped(args: readonly unknown[]): Described {
  const [storage, offset, dims, strides, , , dtype, bits] = args;
  if (!isStorage(storage)) throw new TypeError("expected a storage");
  const type = expectType(dtype);
  const retyped = { ...storage, type, length: Math.floor(storage.length * storage.type.size / type.size) };
  return viewOf(retyped, type, { offset, dims, strides, bits });
}

/** Values that PyTorch keeps beside a tensor's storage: `{"neg": True}` and `{"conj": True}`. */
function viewOf(
  storage: TorchStorage,
  type: TorchType,
  { offset, dims, strides, bits }: Record<"offset" | "dims" | "strides" | "bits", unknown>,
): Described {
  if (bits !== undefined && bits !== null && !(bits instanceof Map)) {
    throw new TypeError(`expected what is kept beside a tensor as a dictionary, found ${inWords(bits)}`);
  }
  const view = {
    storage,
    type,
    offset: wholeNumber(offset, "an offset"),
    dims: wholeNumbers(dims, "sizes"),
    strides: wholeNumbers(strides, "strides"),
    // The conjugate of a number without an imaginary part is the number itself.
    negative: bits?.get("neg") === true,
  };
  if (view.dims.length !== view.strides.length || view.dims.length > 64) {
    throw new TypeError(
      `expected as many strides as sizes, found ${view.strides.length} and ${view.dims.length}`,
    );
  }
  if (!isReadable(type)) return unreadable(`a tensor of type ${type.name}`, view.dims);
  if (view.negative && type.type === "bool") return unreadable("a negated tensor of type bool", view.dims);
  return view;
}

function unreadable(what: string, dims: readonly number[]): Unreadable {
  return { unreadable: `it is ${what} [${dims.join(", ")}], which is not read` };
}

/** Functions that rebuild tensors which are no array of numbers, and what those are. */
function unreadableClasses(): [string, PickleClass][] {
  const classes = {
    "torch._utils._rebuild_sparse_tensor": "a sparse tensor; make it dense with tensor.to_dense()",
    "torch._utils._rebuild_sparse_csr_tensor": "a sparse tensor; make it dense with tensor.to_dense()",
    "torch._utils._rebuild_nested_tensor": "a nested tensor",
    "torch._utils._rebuild_wrapper_subclass": "a tensor of a class of its own",
    "torch._utils._rebuild_device_tensor_from_numpy": "a tensor of another device; save it from the CPU",
    "torch._utils._rebuild_device_tensor_from_cpu_tensor": "a tensor of another device; save it from the CPU",
    "torch._utils._rebuild_xla_tensor": "a tensor of another device; save it from the CPU",
    "numpy.core.multiarray._reconstruct": "a numpy array; make it a tensor with torch.from_numpy(array)",
    "numpy._core.multiarray._reconstruct": "a numpy array; make it a tensor with torch.from_numpy(array)",
    "numpy.core.numeric._frombuffer": "a numpy array; make it a tensor with torch.from_numpy(array)",
    "numpy._core.numeric._frombuffer": "a numpy array; make it a tensor with torch.from_numpy(array)",
  };
  return Object.entries(classes).map(([name, what]) => [
    name,
    { construct: () => ({ unreadable: `it is ${what}` }), setState() {} },
  ]);
}

function rebuildQuantised([storage, , dims]: readonly unknown[]): Unreadable {
  if (!isStorage(storage)) throw new TypeError("expected a storage");
  const what = `a quantised tensor (${storage.type.name})`;
  return {
    unreadable: `${unreadable(what, wholeNumbers(dims, "sizes")).unreadable}; save tensor.dequantize()`,
  };
}

/** A shape and a type without elements: what models on PyTorch's device "meta" are made of. */
function rebuildMeta([, dims]: readonly unknown[]): Unreadable {
  return {
    unreadable: `it is a meta tensor [${wholeNumbers(dims, "sizes").join(", ")}], which has no numbers`,
  };
}

/**
 * A tensor of a subclass, or with attributes: the function that makes it, its class, that function's
 * arguments.
 */
function rebuildFromType([make, , args]: readonly unknown[]): Described {
  if (typeof make !== "object" || make === null || !("construct" in make) || !Array.isArray(args)) {
    throw new TypeError("expected a function and its arguments");
  }
  return expectTensor((make as PickleClass).construct(args));
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
    ComplexFloatStorage: "complex64",
    ComplexDoubleStorage: "complex128",
    QUInt8Storage: "quint8",
    QInt8Storage: "qint8",
    QInt32Storage: "qint32",
    QUInt4x2Storage: "quint4x2",
    QUInt2x4Storage: "quint2x4",
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

function expectTensor(value: unknown): Described {
  if (!isView(value) && !isUnreadable(value)) throw new TypeError("expected a tensor");
  return value;
}

function wholeNumber(value: unknown, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`expected ${what} as a whole number from 0 up, found ${inWords(value)}`);
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

/**
 * The parsed command line that many training programs keep beside the weights: its values, as a dictionary.
 */
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
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
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
      if (typeof code !== "string" || !/^[a-zA-Z]\d*$/.test(code)) {
        throw new TypeError(`expected numpy's code of an element type, found ${inWords(code)}`);
      }
      return { code, little: true };
    },
    setState(object, state) {
      if (!Array.isArray(state)) throw new TypeError("expected a tuple");
      (object as { little: boolean }).little = state[1] !== ">";
    },
  };
}

function numpyScalar([dtype, bytes]: readonly unknown[]): number | bigint | boolean | Unreadable {
  if (typeof dtype !== "object" || dtype === null || !("code" in dtype)) {
    throw new TypeError("expected an element type and its bytes");
  }
  const { code, little } = dtype as { code: string; little: boolean };
  if (!Object.hasOwn(NUMPY_SCALARS, code)) return { unreadable: `it is a numpy scalar of type ${code}` };
  if (!(bytes instanceof Uint8Array)) throw new TypeError("expected an element type and its bytes");
  if (bytes.length !== Number(code[1])) {
    throw new TypeError(`expected ${code[1]} bytes, found ${bytes.length}`);
  }
  return NUMPY_SCALARS[code]!(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), little);
}
