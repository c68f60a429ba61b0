/**
 * Writes what `torch.save(model.state_dict(), path)` does: a zip archive, stored without compression, of a
 * pickle with a dictionary of tensors and a file of bytes for each.
 *
 * Source: the instruction set as documented in Python's `pickletools`; the layout is that of PyTorch since
 * 1.6.
 */
import { RangeError, TypeError } from "../../errors.ts";
import { zipSync } from "../../deps.ts";
import { bytesOf } from "../../tensor/arrays.ts";
import { type AnyTensor, sizeOf } from "../../tensor/tensor.ts";

/** PyTorch's classes of storages, by the type of their elements. */
const STORAGES: Readonly<Record<string, string>> = {
  float32: "FloatStorage",
  float64: "DoubleStorage",
  float16: "HalfStorage",
  bfloat16: "BFloat16Storage",
  int64: "LongStorage",
  int32: "IntStorage",
  int16: "ShortStorage",
  int8: "CharStorage",
  uint8: "ByteStorage",
  bool: "BoolStorage",
};

/** Bytes that an archive without extensions can have. */
const LARGEST = 2 ** 32 - 1;

/** Tensors that it has room for beside three files: with one more, readers look for an extension. */
const MOST_TENSORS = 2 ** 16 - 2 - 3;

const INSTEAD = "write .safetensors, which Python reads as well";

/** Bytes of an archive itself: at its end, and before and in the directory of each file, without names. */
const ENTRY_BYTES = { end: 22, file: 30 + 46 };

/**
 * The bytes of a PyTorch checkpoint with these tensors, as `torch.load` reads it, with `weights_only` too.
 *
 * @throws TypeError where a tensor has a type that PyTorch's storages lack
 * @throws RangeError where the file would have 4 GB or more, or more than 65,531 tensors
 */
export function encodePytorch(tensors: Readonly<Record<string, AnyTensor>>): Uint8Array {
  const count = Object.keys(tensors).length;
  if (count > MOST_TENSORS) {
    throw new RangeError(
      `Cannot write a PyTorch checkpoint of ${count} tensors: expected at most ${MOST_TENSORS}; ${INSTEAD}`,
    );
  }
  const files: Record<string, Uint8Array> = {
    "archive/data.pkl": pickled(tensors),
    "archive/byteorder": new TextEncoder().encode("little"),
  };
  Object.values(tensors).forEach((tensor, i) => files[`archive/data/${i}`] = bytesOf(tensor));
  files["archive/version"] = new TextEncoder().encode("3\n");
  requireRoom(files);
  return zipSync(files, { level: 0 });
}

/** Refuses more bytes than an archive without extensions has room for: its sizes would be wrong. */
function requireRoom(files: Readonly<Record<string, Uint8Array>>): void {
  const bytes = Object.entries(files).reduce(
    (sum, [name, { length }]) => sum + ENTRY_BYTES.file + 2 * name.length + length,
    ENTRY_BYTES.end,
  );
  if (bytes <= LARGEST) return;
  throw new RangeError(
    `Cannot write a PyTorch checkpoint of ${bytes} bytes: expected less than 4 GB; ${INSTEAD}`,
  );
}

/** A dictionary of names and tensors, each a view of the whole of a storage of its own. */
function pickled(tensors: Readonly<Record<string, AnyTensor>>): Uint8Array {
  const items = Object.entries(tensors).flatMap((
    [name, tensor],
    i,
  ) => [...text(name), ...rebuilt(name, tensor, i)]);
  return Uint8Array.from([0x80, 2, ...code("}("), ...items, ...code("u.")]);
}

/** The call that makes a tensor of the storage with number `i`. */
function rebuilt(name: string, { type, dims }: AnyTensor, i: number): number[] {
  if (!Object.hasOwn(STORAGES, type)) {
    throw new TypeError(
      `Cannot write tensor ${
        JSON.stringify(name)
      } of type ${type} as a PyTorch checkpoint: expected one of ` +
        Object.keys(STORAGES).join(", "),
    );
  }
  const strides = dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
  const kind = named("torch", STORAGES[type]!);
  const storage = [
    ...tuple(text("storage"), kind, text(`${i}`), text("cpu"), whole(sizeOf(dims))),
    ...code("Q"),
  ];
  const noGradient = [0x89];
  const noHooks = [...named("collections", "OrderedDict"), ...code(")R")];
  const view = [
    storage,
    whole(0),
    tuple(...dims.map(whole)),
    tuple(...strides.map(whole)),
    noGradient,
    noHooks,
  ];
  return [...named("torch._utils", "_rebuild_tensor_v2"), ...tuple(...view), ...code("R")];
}

/** Instructions, each by the letter that `pickletools` shows for it. */
const code = (letters: string): number[] => [...new TextEncoder().encode(letters)];

/** A text, behind its length in bytes. */
function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...code("X"), ...littleEndian(bytes.length, 4), ...bytes];
}

/** A class or function by module and name. */
const named = (module: string, name: string): number[] => code(`c${module}\n${name}\n`);

/** A whole number from 0, in eight bytes. */
const whole = (value: number): number[] => [0x8a, 8, ...littleEndian(value, 8)];

const tuple = (...parts: readonly number[][]): number[] => [...code("("), ...parts.flat(), ...code("t")];

function littleEndian(value: number, bytes: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value), true);
  return [...new Uint8Array(view.buffer, 0, bytes)];
}
