/** What files that are often taken for ONNX models begin with, and what to do about them. */
const others: readonly { begin: RegExp | readonly number[]; what: string }[] = [
  {
    begin: /^version https:\/\/git-lfs/,
    what: "a Git LFS pointer, not the model itself; fetch the file with `git lfs pull`",
  },
  {
    begin: /^\s*<(?:!doctype|html|\?xml|head|body)/i,
    what: "a web page, not a model; the address is probably that of a page about the file",
  },
  { begin: [0x50, 0x4b, 3, 4], what: "a zip archive; PyTorch checkpoints are read by loadCheckpoint" },
  { begin: [0x80, 2], what: "a Python pickle; PyTorch checkpoints are read by loadCheckpoint" },
  { begin: [0x80, 4], what: "a Python pickle; PyTorch checkpoints are read by loadCheckpoint" },
  { begin: [0x1f, 0x8b], what: "compressed with gzip; unpack it first" },
  { begin: /^....ORTM/s, what: "in ONNX Runtime's own format; use the .onnx file it was made from" },
  { begin: [0x89, 0x48, 0x44, 0x46], what: "an HDF5 file; export the model to ONNX first" },
  { begin: /^GGUF/, what: "a GGUF file, not an ONNX model" },
  { begin: /^\s*[{[]\s*"/, what: "JSON, not an ONNX model" },
];

/** @throws SyntaxError where the bytes are empty or begin like another kind of file */
export function refuseOtherFormats(bytes: Uint8Array, file: string): void {
  if (bytes.length === 0) throw new SyntaxError(`Cannot read ${file}: it is empty, at byte 0`);
  const text = new TextDecoder().decode(bytes.subarray(0, 256));
  for (const { begin, what } of others) {
    const fits = begin instanceof RegExp ? begin.test(text) : begin.every((byte, i) => bytes[i] === byte);
    if (fits) throw new SyntaxError(`Cannot read ${file}: it is ${what} (at byte 0)`);
  }
}
