import { Error } from "../errors.ts";
import { kill } from "../kill.ts";
import { requireOptions } from "../options.ts";
import type { Endpoint } from "./endpoint.ts";

/** How a server is started. */
export interface LlamaServerOptions {
  /** The Python that has the package xllamacpp. Default: `python3`. */
  readonly python?: string | undefined;
  /** Tokens that a prompt and its answer may have together. Default: 4096. */
  readonly contextTokens?: number | undefined;
  /**
   * Threads that compute. Default: half of the processors, for all wait for one whose processor is busy with
   * something else.
   */
  readonly threads?: number | undefined;
}

/** A server that runs until it is disposed of, or this process ends. */
export interface LlamaServer extends AsyncDisposable {
  /**
   * Where it answers. It is asked one request at a time and keeps nothing of earlier prompts: then the same
   * request gets the same answer in the same time, which it does not when requests share a batch or a cache.
   */
  readonly endpoint: Endpoint;
  /** What answers, in words: the package's version, whose last number is llama.cpp's build, and threads. */
  readonly program: string;
}

/** Half of the processors, at least one. */
const HALF = Math.max(1, Math.floor(navigator.hardwareConcurrency / 2));

/** Exit code that says the package is not there. */
const NO_PACKAGE = 3;

/** Program that ends as soon as its standard input does, so also when whoever started it was killed. */
const PROGRAM = `
import sys
from importlib.metadata import version
try:
    import xllamacpp
except ImportError:
    sys.exit(${NO_PACKAGE})
parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.n_ctx = int(sys.argv[2])
parameters.n_parallel = 1
parameters.cpuparams.n_threads = int(sys.argv[3])
parameters.port = 0
parameters.cache_prompt = False
parameters.cache_ram_mib = 0
server = xllamacpp.Server(parameters)
threads = "1 thread" if sys.argv[3] == "1" else f"{sys.argv[3]} threads"
print(server.listening_address, "xllamacpp", version("xllamacpp") + ",", threads, flush=True)
sys.stdin.read()
`;

/**
 * Starts llama.cpp's own OpenAI-compatible server on this machine, from the Python package xllamacpp.
 *
 * @param model path of a GGUF file
 * @returns the server; `undefined` where Python or the package is not installed
 * @throws Error where the server does not start, with what it said
 */
export async function llamaServer(
  model: string,
  options: LlamaServerOptions = {},
): Promise<LlamaServer | undefined> {
  requireOptions("llamaServer", options, { python: true, contextTokens: true, threads: true });
  const { python = "python3", contextTokens = 4096, threads = HALF } = options;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(python, {
      args: ["-c", PROGRAM, model, `${contextTokens}`, `${threads}`],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const complaints = new Response(child.stderr).text();
  const [address, ...program] = (await firstLine(child.stdout)).split(" ");
  if (address!.startsWith("http")) {
    return {
      endpoint: { baseURL: `${address}/v1`, limits: { concurrency: 1 } },
      program: program.join(" "),
      [Symbol.asyncDispose]: async () => {
        await child.stdin.close().catch(() => {});
        await Promise.all([child.status, complaints]);
      },
    };
  }
  // What says something else would wait for its standard input for ever; what says nothing ends by itself.
  await child.stdin.close().catch(() => {});
  if (address !== "") kill(child);
  const { code } = await child.status;
  if (code === NO_PACKAGE) return undefined;
  throw new Error(
    `Cannot start llama.cpp's server for ${model}: it ${
      address === "" ? `ended with code ${code}` : `gave no address but "${[address, ...program].join(" ")}"`
    }: ${(await complaints).slice(-300)}; ` +
      "expected a GGUF file that it can read",
  );
}

/** Whether {@linkcode llamaServer} can start: Python and the package xllamacpp are installed. */
export async function hasLlamaServer(
  options: Pick<LlamaServerOptions, "python"> = {},
): Promise<boolean> {
  requireOptions("hasLlamaServer", options, { python: true });
  const { python = "python3" } = options;
  try {
    const args = ["-c", "import xllamacpp"];
    return (await new Deno.Command(python, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The first line that is written; what comes after it is read and dropped. */
async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) return text.trim();
    text += value;
  }
  const drop = async (): Promise<void> => {
    while (!(await reader.read()).done);
  };
  drop().catch(() => {});
  return text.split("\n")[0]!.trim();
}
