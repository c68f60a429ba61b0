import { fileURLToPath } from "node:url";
import type { Places } from "../../kernels/jupyter/setup/paths.ts";

/** A Python process that exports networks and compares models. */
export interface Python extends AsyncDisposable {
  /** Asks one thing; an error of Python's is `{ error }`. */
  ask(question: Record<string, string>): Promise<Answer>;
}

/** What Python says: what of it is there depends on what was asked. */
export interface Answer {
  /** Why it could not be done. */
  error?: string;
  /** All architectures. */
  names?: string[];
  /** Those that the tests take. */
  small?: string[];
  /** The family of each architecture. */
  families?: Record<string, string>;
  /** How long another program took at its first try. */
  first?: number;
  /** How long an export took, or another program with the right ratio. */
  seconds?: number;
  /** How long another program took in search of that ratio. */
  search?: number;
  /** Bytes that another program took at most. */
  memory?: number;
  /** MACs that another program left. */
  share?: number;
  /** How pruned and masked compare. */
  verdict?: "equal" | "different" | "invalid" | "refused";
  /** The largest difference between them, relative to the largest number of an output. */
  difference?: number;
  /** What is wrong. */
  why?: string;
}

/** Starts Python; a process that dies is started again at the next question. */
export function startPython(places: Places): Python {
  const script = fileURLToPath(new URL("serve.py", import.meta.url));
  let process: Process | undefined;
  return {
    async ask(question) {
      process ??= open(places.program("python"), script);
      const answer = await process.ask(question);
      if (answer) return answer;
      process = undefined;
      return { error: "Python died" };
    },
    async [Symbol.asyncDispose]() {
      await process?.close();
    },
  };
}

interface Process {
  ask(question: Record<string, string>): Promise<Answer | undefined>;
  close(): Promise<void>;
}

function open(program: string, script: string): Process {
  const child = new Deno.Command(program, {
    args: [script],
    env: { PYTHONDONTWRITEBYTECODE: "1", ORT_DISABLE_TELEMETRY: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    async ask(question) {
      try {
        await writer.write(new TextEncoder().encode(JSON.stringify(question) + "\n"));
      } catch {
        return undefined;
      }
      for (;;) {
        const end = text.indexOf("\n");
        if (end >= 0) {
          const line = text.slice(0, end);
          text = text.slice(end + 1);
          return JSON.parse(line) as Answer;
        }
        const { value, done } = await reader.read();
        if (done) return undefined;
        text += value;
      }
    },
    async close() {
      await writer.close().catch(() => {});
      await reader.cancel();
      await child.status;
    },
  };
}
