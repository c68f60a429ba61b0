import { dirname } from "node:path";
import { startClient } from "../protocol/client.ts";
import type { Message } from "../protocol/wire.ts";

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
/** Starts the kernel of a kernelspec file in a folder. */
export async function startKernel(
  kernelspec: string,
  { folder, env = {} }: { folder: string; env?: Record<string, string> },
): Promise<Kernel> {
  const spec = JSON.parse(await Deno.readTextFile(kernelspec)) as Kernelspec;
  const argv = spec.argv.map((argument) => argument.replace("{resource_dir}", dirname(kernelspec)));
  const listeners = new Map<string, (message: Message) => void>();
  const client = await startClient({ argv, folder, env: { ...spec.env, ...env } }, (message) => {
    if (message.parent !== undefined) listeners.get(message.parent)?.(message);
  });

  /** Sends a cell; resolves with the reply when the kernel says that it is idle. */
  const idleAfter = async (cell: { code: string; silent: boolean }, listen: (message: Message) => void) => {
    let reply: Message | undefined;
    let idle = false;
    const finished = Promise.withResolvers<Message>();
    const content = { ...cell, store_history: !cell.silent, user_expressions: {}, allow_stdin: false };
    const id = client.send("shell", "execute_request", { ...content, stop_on_error: true });
    listeners.set(id, (message) => {
      if (message.type === "execute_reply") reply = message;
      if (message.type === "status") idle = message.content.execution_state === "idle";
      listen(message);
      if (reply && idle) finished.resolve(reply);
    });
    const first = await Promise.race([finished.promise, client.ended]);
    if (typeof first !== "string") return first;
    throw new Error(`The kernel stopped while the cell ran: ${first}`);
  };

  try {
    if (spec.language === "typescript") {
      await idleAfter({ code: endsWithParent(client.pid), silent: true }, () => {});
    }
  } catch (error) {
    await client.stop();
    throw error;
  }
  return {
    ended: client.ended,
    stop: client.stop,
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

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
