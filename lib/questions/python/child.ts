/**
 * The program of the process that runs Python, as text: it is started from a `data:` address, so that it
 * needs no file of ours to be readable and works where this library was imported by URL.
 *
 * It reads a job from its standard input (the length of a JSON text in four bytes, the text, a snapshot of
 * Python's memory) and writes lines that begin with the job's secret word: `ready`, then the result. What it
 * needs for that is taken before any Python runs, and Python never sees the word: it can print what it likes,
 * but not a result.
 */
export const CHILD = (module: string, folder: string): string => `
const { parse, stringify } = JSON;
const encoder = new TextEncoder();
const encode = TextEncoder.prototype.encode.bind(encoder);
const write = Deno.stdout.writeSync.bind(Deno.stdout);
const exit = Deno.exit;
const all = (bytes) => { for (let at = 0; at < bytes.length;) at += write(bytes.subarray(at)); };

const input = new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
const length = new DataView(input.buffer).getUint32(0);
const job = parse(new TextDecoder().decode(input.subarray(4, 4 + length)));
const snapshot = input.slice(4 + length); // a copy, because Pyodide reads it in whole words

const { loadPyodide } = await import(${JSON.stringify(module)});
let output = "";
const decoder = new TextDecoder();
const keep = (bytes) => {
  if (output.length < job.outputLength) output += decoder.decode(bytes, { stream: true });
  return bytes.length;
};
const python = await loadPyodide({
  indexURL: ${JSON.stringify(folder)},
  jsglobals: Object.create(null),
  env: { _: "python" },
  _makeSnapshot: job.makeSnapshot,
  _loadSnapshot: job.makeSnapshot ? undefined : snapshot,
});
if (job.makeSnapshot) {
  all(python.makeMemorySnapshot());
  exit(0);
}
python.setStdout({ write: keep });
python.setStderr({ write: keep });
python.setStdin({ error: true });
all(encode(job.word + " ready\\n"));
let result;
try {
  const value = python.runPython(job.code, { filename: "answer.py" });
  const named = value === undefined ? python.globals.get("answer") : value;
  result = { value: named === undefined || named === null ? null : String(named) };
} catch (error) {
  result = { error: String(error?.type ?? "Crash"), message: String(error?.message ?? error).slice(-2000) };
}
all(encode("\\n" + job.word + " " + stringify({ ...result, output: output.slice(0, job.outputLength) }) + "\\n"));
exit(0);
`;
