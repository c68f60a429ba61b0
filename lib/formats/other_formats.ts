import { SyntaxError } from "../errors.ts";

/** First bytes of a file format, and what to say about it. */
interface Beginning {
  begin: RegExp | readonly number[];
  what: string;
}

const gguf: Beginning = {
  begin: /^GGUF/,
  what: "a GGUF file; language models in such files are opened by openLanguageModel of ./lm",
};

/** Files that hold no tensors that Espalier reads. */
const strange: readonly Beginning[] = [
  {
    begin: /^version https:\/\/git-lfs/,
    what: "a Git LFS pointer, not the file itself; fetch the file with `git lfs pull`",
  },
  {
    begin: /^\s*<(?:!doctype|html|\?xml|head|body)/i,
    what: "a web page; the address is probably that of a page about the file",
  },
  { begin: [0x1f, 0x8b], what: "compressed with gzip; unpack it first" },
  { begin: /^....ORTM/s, what: "in ONNX Runtime's own format; use the .onnx file it was made from" },
  {
    begin: [0x89, 0x48, 0x44, 0x46],
    what: "an HDF5 file; export the model to ONNX first, or save its arrays with numpy.savez",
  },
  { begin: /^....TFL3/s, what: "a TensorFlow Lite model; convert it to ONNX first" },
  {
    begin: /^.{257}ustar/s,
    what: "a tar archive, as PyTorch before 0.2 wrote them; load it there and save it with torch.save",
  },
  gguf,
  { begin: /^\s*[{[]\s*"/, what: "JSON, which is not read" },
];

/** Words, in which no model is written: no control characters but those of lines. */
const text: Beginning = {
  begin: /^[\t\n\r\x20-\x7e\x80-\xff]+$/,
  what: "text, and no bytes of a model; look into it for what went wrong where it was made or fetched",
};

/** Graphs, which begin with the version of their representation. */
const graph: Beginning = {
  // deno-lint-ignore no-control-regex
  begin: /^\x08[\x01-\x20][\x12\x1a\x22\x28\x32\x3a\x42]/,
  what: "an ONNX model; such are read by loadModel",
};

/** Whether bytes begin as an ONNX model mostly does. */
export const beginsGraph = (bytes: Uint8Array): boolean => begins(bytes, graph.begin);

/** Whether bytes begin as a GGUF file. */
export const beginsGguf = (bytes: Uint8Array): boolean => begins(bytes, gguf.begin);

/** Files with tensors but without a network. */
const checkpoints: readonly Beginning[] = [
  { begin: [0x50, 0x4b, 3, 4], what: "a zip archive; PyTorch checkpoints are read by loadCheckpoint" },
  ...pickledBy("a Python pickle; PyTorch checkpoints are read by loadCheckpoint"),
  { begin: /^.{6}\0\0\{"/s, what: "a safetensors file; such are read by loadCheckpoint" },
];

/**
 * Beginnings of files that Python's `pickle` writes by itself: protocols 2 to 5 by their first bytes, older
 * ones by the usual beginnings.
 */
const PLAIN_PICKLE =
  "a Python pickle, but not one of torch.save; save its tensors with torch.save(tensors, path), or " +
  "its arrays with numpy.savez(path, **arrays)";
const pickles: readonly Beginning[] = [
  ...pickledBy(PLAIN_PICKLE),
  { begin: /^(?:[\](}]q|\((?:[dl]|i\w)|c[\w.]+\n[\w.]+\n)/, what: PLAIN_PICKLE },
];

function pickledBy(what: string): Beginning[] {
  return [2, 3, 4, 5].map((protocol) => ({ begin: [0x80, protocol], what }));
}

/** @throws SyntaxError where the bytes are empty or begin like another kind of file than an ONNX model */
export function refuseOtherFormats(bytes: Uint8Array, file: string): void {
  refuse(bytes, file, [...strange, ...checkpoints, text]);
}

/** @throws SyntaxError where the bytes are empty or begin like a file that is neither model nor checkpoint */
export function refuseStrangeFormats(bytes: Uint8Array, file: string): void {
  refuse(bytes, file, [...strange, ...pickles]);
}

/** @throws SyntaxError where the bytes are empty or begin like another kind of file than safetensors */
export function refuseOtherThanSafetensors(bytes: Uint8Array, file: string): void {
  refuse(bytes, file, [...strange, ...checkpoints.slice(0, -1), graph, text]);
}

function refuse(bytes: Uint8Array, file: string, beginnings: readonly Beginning[]): void {
  if (bytes.length === 0) throw new SyntaxError(`Cannot read ${file}: it is empty, at byte 0`);
  const found = beginnings.find(({ begin }) => begins(bytes, begin));
  if (found) throw new SyntaxError(`Cannot read ${file}: it is ${found.what}, at byte 0`);
}

function begins(bytes: Uint8Array, begin: Beginning["begin"]): boolean {
  if (!(begin instanceof RegExp)) return begin.every((byte, i) => bytes[i] === byte);
  // One character per byte, so that places in the text are places in the file.
  return begin.test(String.fromCharCode(...bytes.subarray(0, 512)));
}
