import { RangeError } from "../../errors.ts";
import { requireOptions, withoutUndefined } from "../../options.ts";
import { kill } from "../../kill.ts";
import { startPython } from "./process.ts";
import { watchMemory } from "./resident_memory.ts";
import { pythonSnapshot } from "./snapshot.ts";

/** How much a program may use. */
export interface PythonOptions {
  /** Seconds for which it may run; starting Python does not count. Default: 10. */
  readonly seconds?: number | undefined;
  /** Megabytes of memory for Python and its objects, 64 to 2048. Default: 256. */
  readonly memoryMb?: number | undefined;
}

/** Outcome of running a program. */
export interface PythonResult {
  /** Whether the program ran to its end. */
  readonly ok: boolean;
  /**
   * Reason why the program did not run to its end: `error` for an exception, `memory` and `time` where it
   * used more than it may, `crash` where its process ended otherwise.
   */
  readonly failure?: "error" | "memory" | "time" | "crash" | undefined;
  /** The exception, with its trace; empty where there is none. */
  readonly error: string;
  /** The value of its last expression, else of its variable `answer`, as text; `undefined` without one. */
  readonly value?: string | undefined;
  /** Text that the program printed, up to 10,000 characters. */
  readonly output: string;
}

/**
 * Limits with which programs run, nothing left open.
 *
 * @throws RangeError where they cannot be
 */
export function pythonLimits(
  { seconds = 10, memoryMb = 256 }: PythonOptions,
): { seconds: number; memoryMb: number } {
  if (seconds > 0 && memoryMb >= 64 && memoryMb <= 2048) return { seconds, memoryMb };
  throw new RangeError(
    `Cannot run Python: expected more than 0 seconds and 64 to 2048 MB, found ${seconds} s and ${memoryMb} MB`,
  );
}

const OUTPUT_LENGTH = 10_000;
/** Memory in MB that Deno and Pyodide need beside Python's own. */
const OVERHEAD_MB = 512;

/** The lines of a trace that lead from Pyodide to the program. */
const OWN_FRAMES = /^ {2}File "\/lib\/python\d+\.zip\/_pyodide[\s\S]*?(?=^ {2}File "answer\.py")/m;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Runs a program that nobody has read, such as a model's answer: in a process of its own that may read
 * nothing, write nothing, reach nothing and start nothing, has bounded memory, and is killed when its time
 * is up. As many run at a time as the machine has processors; the others wait.
 *
 * @param code the program, in Python with its standard library
 * @throws RangeError where the options cannot be; Error where Python does not start
 * @example
 * ```ts ignore
 * const { ok, value } = await runPython("answer = sum(range(10))"); // true, "45"
 * const { failure } = await runPython("while True: pass", { seconds: 1 }); // "time"
 * ```
 */
export async function runPython(code: string, options: PythonOptions = {}): Promise<PythonResult> {
  requireOptions("runPython", options, { seconds: true, memoryMb: true });
  const { seconds, memoryMb } = pythonLimits(options);
  const snapshot = await pythonSnapshot();
  while (running >= navigator.hardwareConcurrency) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running++;
  try {
    return await runOnce(code, seconds, memoryMb, snapshot);
  } finally {
    running--;
    waiting.shift()?.();
  }
}

async function runOnce(
  code: string,
  seconds: number,
  memoryMb: number,
  snapshot: Uint8Array,
): Promise<PythonResult> {
  const word = crypto.randomUUID();
  const { child, send } = await startPython(memoryMb);
  let failure: PythonResult["failure"];
  const end = (why: PythonResult["failure"]) => {
    failure ??= why;
    kill(child);
  };
  let timer = setTimeout(() => end("crash"), 120_000); // for Python to start
  const unwatch = watchMemory(child.pid, (memoryMb + OVERHEAD_MB) * 2 ** 20, () => end("memory"));
  try {
    const sent = send({ word, code, outputLength: OUTPUT_LENGTH }, snapshot);
    const said = await read(child.stdout, word, () => {
      clearTimeout(timer);
      timer = setTimeout(() => end("time"), 1000 * seconds);
    });
    await Promise.all([sent, child.status]);
    return toResult(said, failure, seconds, memoryMb);
  } finally {
    clearTimeout(timer);
    unwatch();
    kill(child);
  }
}

/** The child's last line, if it wrote one with the word; anything else is not its own. */
interface Said {
  value?: string | null;
  error?: string;
  message?: string;
  output: string;
}

async function read(
  stdout: ReadableStream<Uint8Array>,
  word: string,
  ready: () => void,
): Promise<Said | undefined> {
  let text = "";
  let started = false;
  for await (
    const part of stdout.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
  ) {
    text += part;
    if (!started && text.includes(`${word} ready\n`)) {
      started = true;
      ready();
    }
    // Only what the word begins is ever read: the rest of a flood is dropped.
    const last = text.lastIndexOf(word);
    text = text.slice(last >= 0 ? last : -word.length);
  }
  const line = text.startsWith(`${word} {`) ? text.slice(word.length + 1) : undefined;
  return line?.endsWith("}\n") ? JSON.parse(line) : undefined;
}

function toResult(
  said: Said | undefined,
  killed: PythonResult["failure"],
  seconds: number,
  memoryMb: number,
): PythonResult {
  const output = said?.output ?? "";
  if (killed === "time") return { ok: false, failure: "time", error: `killed after ${seconds} s`, output };
  if (killed === "memory" || said?.error === "MemoryError") {
    return { ok: false, failure: "memory", error: `more memory than ${memoryMb} MB`, output };
  }
  if (!said) return { ok: false, failure: "crash", error: "the process ended without a result", output };
  if (said.error !== undefined) {
    const failure = said.error === "Crash" ? "crash" : "error";
    return {
      ok: false,
      failure,
      error: (said.message ?? said.error).replace(OWN_FRAMES, "").trimEnd(),
      output,
    };
  }
  return withoutUndefined({ ok: true, error: "", value: said.value ?? undefined, output });
}
