import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import { connectZmtp, type Socket } from "./zmtp.ts";
import { decodeMessage, encodeMessage, type Message } from "./wire.ts";

/** Contents of a kernelspec's `kernel.json`. */
export interface Kernelspec {
  /** The command that starts the kernel, with `{connection_file}` for the connection file's path. */
  argv: string[];
  /** Name of the kernel for readers. */
  display_name: string;
  /** Language of its cells. */
  language: string;
  /** More environment variables for the kernel. */
  env?: Record<string, string>;
}

/** A running kernel. */
export interface Kernel {
  /**
   * Runs a cell; `listen` gets every message about it. Resolves with the kernel's reply once the kernel is
   * idle and has then been silent for a moment: it sends some outputs after it says that it is idle. What
   * comes later still goes to `listen`.
   */
  execute(code: string, listen: (message: Message) => void): Promise<Message>;
  /** Fulfilled when the kernel's process has ended, with the reason in words. */
  readonly ended: Promise<string>;
  /** Ends the kernel at once. */
  stop(): Promise<void>;
}

/**
 * How long the kernel must be silent before a cell counts as finished, in ms. On Deno 2.9.6, 22 of 100
 * results of 5 MB came after "idle", and one of them even after an empty cell that was sent behind it.
 */
const SILENCE = 60;
const STARTUP_LIMIT = 120_000;
const CHANNELS = ["shell", "iopub", "stdin", "control", "hb"] as const;

/** Starts the kernel of a kernelspec file in a folder. */
export async function startKernel(
  kernelspec: string,
  { folder, env = {} }: { folder: string; env?: Record<string, string> },
): Promise<Kernel> {
  const spec = JSON.parse(await Deno.readTextFile(kernelspec)) as Kernelspec;
  const key = randomUUID();
  const ports = freePorts();
  const connectionFile = await Deno.makeTempFile({ prefix: "espalier-kernel-", suffix: ".json" });
  await Deno.writeTextFile(
    connectionFile,
    JSON.stringify({
      transport: "tcp",
      ip: "127.0.0.1",
      key,
      signature_scheme: "hmac-sha256",
      ...Object.fromEntries(CHANNELS.map((channel) => [`${channel}_port`, ports[channel]])),
    }),
  );
  const [program, ...args] = spec.argv.map((argument) =>
    argument.replace("{connection_file}", connectionFile).replace("{resource_dir}", dirname(kernelspec))
  ) as [string, ...string[]];
  let child: Deno.ChildProcess;
  try {
    const pipes = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
    child = new Deno.Command(program, { args, cwd: folder, env: { ...spec.env, ...env }, ...pipes }).spawn();
  } catch (error) {
    await Deno.remove(connectionFile);
    throw new Error(`Cannot start the kernel ${program}: ${(error as Error).message}`);
  }
  const words = lastWords(child);
  let alive = true;
  const ended = child.status.then(async ({ code, signal }) => {
    alive = false;
    await Deno.remove(connectionFile).catch(() => {});
    return `it ended with ${signal ?? `exit code ${code}`}${await words}`;
  });

  const sockets: Socket[] = [];
  const stop = async () => {
    for (const socket of sockets) socket.close();
    if (alive) child.kill("SIGKILL");
    await ended;
  };
  const connect = async (type: "DEALER" | "SUB", port: number) => {
    const deadline = Date.now() + STARTUP_LIMIT;
    while (true) {
      try {
        const socket = await connectZmtp(type, port);
        sockets.push(socket);
        return socket;
      } catch (error) {
        if (!alive) throw new Error(`Cannot start the kernel ${program}: ${await ended}`);
        if (Date.now() > deadline) throw new Error(`Cannot reach the kernel ${program}: ${error}`);
        await sleep(25);
      }
    }
  };

  try {
    const shell = await connect("DEALER", ports.shell);
    const iopub = await connect("SUB", ports.iopub);
    const listeners = new Map<string, (message: Message) => void>();
    const hear = async (socket: Socket) => {
      for await (const frames of socket.messages()) {
        const message = decodeMessage(key, frames);
        if (message.parent !== undefined) listeners.get(message.parent)?.(message);
      }
    };
    // A broken connection shows as a kernel that has ended; the reason is the same for the reader.
    for (const socket of [shell, iopub]) void hear(socket).catch(() => alive && child.kill("SIGKILL"));
    const session = randomUUID();
    const request = (type: string, content: Record<string, unknown>, listen: (message: Message) => void) => {
      const { id, frames } = encodeMessage(key, session, type, content);
      listeners.set(id, listen);
      return shell.send(frames);
    };

    // Until the subscription to outputs works, they would be lost: ask until an answer comes that way.
    let subscribed = false;
    const deadline = Date.now() + STARTUP_LIMIT;
    while (!subscribed) {
      if (!alive) throw new Error(`Cannot start the kernel ${program}: ${await ended}`);
      if (Date.now() > deadline) throw new Error(`Cannot start the kernel ${program}: it does not answer`);
      await request("kernel_info_request", {}, ({ type }) => subscribed ||= type === "status");
      for (let i = 0; i < 20 && !subscribed; i++) await sleep(10);
    }

    /** Sends a cell; resolves with the reply when the kernel says that it is idle. */
    const idleAfter = async (cell: { code: string; silent: boolean }, listen: (message: Message) => void) => {
      let reply: Message | undefined;
      let idle = false;
      const finished = Promise.withResolvers<Message>();
      const content = { ...cell, store_history: !cell.silent, user_expressions: {}, allow_stdin: false };
      await request("execute_request", { ...content, stop_on_error: true }, (message) => {
        if (message.type === "execute_reply") reply = message;
        if (message.type === "status") idle = message.content.execution_state === "idle";
        listen(message);
        if (reply && idle) finished.resolve(reply);
      });
      const first = await Promise.race([finished.promise, ended]);
      if (typeof first !== "string") return first;
      throw new Error(`The kernel stopped while the cell ran: ${first}`);
    };

    if (spec.language === "typescript") {
      await idleAfter({ code: endsWithParent(child.pid), silent: true }, () => {});
    }
    await Deno.remove(connectionFile); // the kernel has read it, and nobody else shall
    return {
      ended,
      stop,
      async execute(code, listen) {
        let last = 0;
        const reply = await idleAfter({ code, silent: false }, (message) => {
          last = Date.now();
          listen(message);
        });
        // An empty cell goes the same way through the kernel, behind what is still on its way.
        await idleAfter({ code: "", silent: true }, () => {});
        for (let wait = SILENCE; wait > 0; wait = last + SILENCE - Date.now()) await sleep(wait);
        return reply;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * A cell after which the kernel ends when this process does, however that ends and whatever the kernel does.
 */
function endsWithParent(kernel: number): string {
  const thread = new URL("../../../lib/experiment/executors/watch_parent.ts", import.meta.url).href;
  // A kernelspec may start the kernel through another program: then that is the parent.
  const name = `Deno.pid === ${kernel} ? "${Deno.pid}" : ""`;
  return `void new Worker(${JSON.stringify(thread)}, { type: "module", name: ${name} });`;
}

/** Ports that nobody listens on, as far as one can know. */
function freePorts(): Record<typeof CHANNELS[number], number> {
  const listeners = CHANNELS.map(() => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map((listener) => listener.addr.port);
  for (const listener of listeners) listener.close();
  return Object.fromEntries(CHANNELS.map((channel, i) => [channel, ports[i]!])) as ReturnType<
    typeof freePorts
  >;
}

/**
 * The last lines that the process wrote, for its obituary. Reading on keeps it from blocking on a full pipe.
 */
async function lastWords(child: Deno.ChildProcess): Promise<string> {
  const read = async (stream: ReadableStream<Uint8Array>) => {
    let tail = "";
    const decoder = new TextDecoder();
    for await (const chunk of stream) tail = (tail + decoder.decode(chunk, { stream: true })).slice(-2000);
    return tail;
  };
  const [out, err] = await Promise.all([read(child.stdout), read(child.stderr)]);
  const lines = `${out}\n${err}`.split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.length ? `, its last words: ${lines.slice(-5).join(" / ")}` : "";
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
