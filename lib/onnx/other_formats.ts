/** What files that are often taken for ONNX models begin with, and what to do about them. */
const others: readonly { begin: RegExp; what: string }[] = [
  {
    begin: /^version https:\/\/git-lfs/,
    what: "a Git LFS pointer, not the model itself; fetch the file with `git lfs pull`",
  },
  {
    begin: /^\s*<(?:!doctype|html|\?xml|head|body)/i,
    what: "a web page, not a model; the address is probably that of a page about the file",
  },
  { begin: /^PK[^\w\s]{2}/, what: "a zip archive; PyTorch checkpoints are read by loadCheckpoint" },
  { begin: /^\x80[^\w\s]/, what: "a Python pickle; PyTorch checkpoints are read by loadCheckpoint" },
  { begin: /^[^\w\s]\x8b[^\w\s]/, what: "compressed with gzip; unpack it first" },
  { begin: /^....ORTM/s, what: "in ONNX Runtime's own format; use the .onnx file it was made from" },
  { begin: /^\x89HDF/, what: "an HDF5 file; export the model to ONNX first" },
  { begin: /^GGUF/, what: "a GGUF file, not an ONNX model" },
  { begin: /^\s*[{[]\s*"/, what: "JSON, not an ONNX model" },
];

/** @throws SyntaxError where the bytes are empty or begin like another kind of file */
export function refuseOtherFormats(bytes: Uint8Array, file: string): void {
  if (bytes.length === 0) throw new SyntaxError(`Cannot read ${file}: it is empty, at byte 0`);
  const begin = new TextDecoder("latin1").decode(bytes.subarray(0, 256));
  for (const other of others) {
    if (other.begin.test(begin)) {
      throw new SyntaxError(`Cannot read ${file}: it is ${other.what} (at byte 0)`);
    }
  }
}
