import { randomUUID } from "node:crypto";
import { Error } from "../../../lib/errors.ts";
import { guard } from "../../../lib/guard.ts";
import { freePorts, writeConnection } from "./connection.ts";
import { decodeMessage, encodeMessage, type Extras, type Json, type Message } from "./wire.ts";
import { within } from "../within.ts";
import { connectZmtp, type Socket } from "./zmtp.ts";

/** How to start a kernel. */
export interface Command {
  /** The program and its arguments, with `{connection_file}` for the connection file's path. */
  argv: readonly string[];
  /** The folder it runs in. */
  folder: string;
  /** More environment variables. */
  env?: Record<string, string>;
  /** Whether what is sent to the program's group of processes, as by Ctrl-C, leaves it alone. */
  detached?: boolean;
  /** Hears what the process itself writes, beside its messages. */
  native?: (name: "stdout" | "stderr", text: string) => void;
  /** Lines of it that say nothing of why the process ended. Default: none. */
  noise?: RegExp;
}

/** Where a message came from. */
export type Source = "shell" | "iopub" | "control" | "stdin";

/** A kernel's process, and the connections to it. */
export interface Client {
  /** The kernel's process id. */
  readonly pid: number;
  /** Sends a message; gives its id. A connection that is broken shows in `ended`. */
  send(channel: "shell" | "control" | "stdin", type: string, content: Json, extras?: Extras): string;
  /** Fulfilled when the kernel's process has ended, with the reason in words. */
  readonly ended: Promise<string>;
  /** Ends the kernel at once. */
  stop(): Promise<void>;
}

const STARTUP_LIMIT = 120_000;

/**
 * Starts a kernel and connects to it; `hear` gets every message from then on. Its connection file, which only
 * this user can read, is gone when this returns.
 */
export async function startClient(
  command: Command,
  hear: (message: Message, from: Source) => void,
): Promise<Client> {
  const key = randomUUID();
  const ports = freePorts();
  // With mode 600: key and ports let anybody run code.
  const connectionFile = await Deno.makeTempFile({ prefix: "espalier-kernel-", suffix: ".json" });
  const forget = () => Deno.remove(connectionFile).catch(() => {});
  const [program, ...args] = command.argv.map((argument) =>
    argument.replace("{connection_file}", connectionFile)
  ) as [string, ...string[]];
  let child: Deno.ChildProcess;
  try {
    await Deno.writeTextFile(connectionFile, writeConnection({ ip: "127.0.0.1", key, ports }));
    child = new Deno.Command(program, {
      args,
      cwd: command.folder,
      env: command.env ?? {},
      detached: command.detached ?? false,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    await forget();
    throw new Error(`Cannot start the kernel ${program}: ${(error as Error).message}`);
  }
  const release = guard(child.pid, connectionFile);
  const words = lastWords(child, command);
  let alive = true;
  const ended = child.status.then(async ({ code, signal }) => {
    alive = false;
    release();
    await forget();
    return `it ended with ${signal ?? `exit code ${code}`}${await words()}`;
  });

  const sockets: Socket[] = [];
  const kill = () => {
    if (alive) child.kill("SIGKILL");
  };
  const stop = async () => {
    for (const socket of sockets) socket.close();
    kill();
    await ended;
  };
  const session = randomUUID();
  const connect = async (type: "DEALER" | "SUB", port: number) => {
    const deadline = Date.now() + STARTUP_LIMIT;
    while (true) {
      try {
        const socket = await connectZmtp(type, port, type === "DEALER" ? session : "");
        sockets.push(socket);
        return socket;
      } catch (error) {
        if (!alive) throw new Error(`Cannot start the kernel ${program}: ${await ended}`);
        if (Date.now() > deadline) throw new Error(`Cannot reach the kernel ${program}: ${error}`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  };

  try {
    const channels = {
      shell: await connect("DEALER", ports.shell),
      control: await connect("DEALER", ports.control),
      stdin: await connect("DEALER", ports.stdin),
      iopub: await connect("SUB", ports.iopub),
    };
    let subscribed: (() => void) | undefined = () => {};
    const listen = async (from: Source) => {
      for await (const frames of channels[from].messages()) {
        const message = decodeMessage(key, frames);
        if (from === "iopub") subscribed?.();
        hear(message, from);
      }
    };
    // A broken connection shows as a kernel that has ended; the reason is the same for the reader.
    for (const from of Object.keys(channels) as Source[]) void listen(from).catch(kill);
    const send: Client["send"] = (channel, type, content, extras) => {
      const { id, frames } = encodeMessage({ key, session }, type, content, extras);
      void channels[channel].send(frames).catch(kill);
      return id;
    };

    // Until the subscription to outputs works, they would be lost: ask until an answer comes that way.
    const heard = new Promise<void>((resolve) => subscribed = resolve);
    const deadline = Date.now() + STARTUP_LIMIT;
    while (subscribed) {
      if (!alive) throw new Error(`Cannot start the kernel ${program}: ${await ended}`);
      if (Date.now() > deadline) throw new Error(`Cannot start the kernel ${program}: it does not answer`);
      send("shell", "kernel_info_request", {});
      const wait = Promise.withResolvers<boolean>();
      const timer = setTimeout(wait.resolve, 200, false);
      if (await Promise.race([heard.then(() => true), wait.promise])) subscribed = undefined;
      clearTimeout(timer);
    }
    await forget(); // the kernel has read it, and nobody else shall
    return { pid: child.pid, send, ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** How long the last words of a process may take, in ms: a program that it started may have its outputs. */
const LAST_WORDS_WITHIN = 500;

/**
 * The last lines that the process wrote, for its obituary, once it has ended. Reading on keeps it from
 * blocking on a full pipe.
 */
function lastWords(child: Deno.ChildProcess, { native, noise }: Command): () => Promise<string> {
  const tails = { stdout: "", stderr: "" };
  const read = async (name: keyof typeof tails) => {
    for await (const text of child[name].pipeThrough(new TextDecoderStream())) {
      native?.(name, text);
      tails[name] = (tails[name] + text).slice(-2000);
    }
  };
  const whole = Promise.all([read("stdout"), read("stderr")]).catch(() => {});
  return async () => {
    await within(whole, LAST_WORDS_WITHIN);
    const lines = `${tails.stdout}\n${tails.stderr}`.split("\n").map((line) => line.trim())
      .filter((line) => line && !noise?.test(line));
    return lines.length ? `, its last words: ${lines.slice(-5).join(" / ")}` : "";
  };
}
