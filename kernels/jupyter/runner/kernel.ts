import { dirname } from "node:path";
import { Error } from "../../../lib/errors.ts";
import { CHECK_VARIABLE } from "../kernel/check_variable.ts";
import { readKernelspec } from "../kernelspec.ts";
import { startClient } from "../protocol/client.ts";
import type { Message } from "../protocol/wire.ts";

/** A running kernel. */
export interface Kernel {
  /**
   * Runs a cell; `listen` gets every message about it, all that it puts out before its end. Resolves with the
   * kernel's reply once the kernel is idle.
   */
  execute(code: string, listen: (message: Message) => void): Promise<Message>;
  /** Fulfilled when the kernel's process has ended, with the reason in words. */
  readonly ended: Promise<string>;
  /** Ends the kernel and all that it started. */
  stop(): Promise<void>;
}

/** How long a kernel that shall end may take for it, in ms; then its process is ended. */
const ENDS_WITHIN = 5000;

/**
 * Starts the kernel of a kernelspec file in a folder. Type checks are off, unless the environment wants them:
 * nobody reads the warnings, and the language server would take a processor from the cells.
 */
export async function startKernel(
  kernelspec: string,
  { folder, env = {} }: { folder: string; env?: Record<string, string> },
): Promise<Kernel> {
  const spec = await readKernelspec(kernelspec);
  const argv = spec.argv.map((argument) => argument.replace("{resource_dir}", dirname(kernelspec)));
  const listeners = new Map<string, (message: Message) => void>();
  const checking = { [CHECK_VARIABLE]: Deno.env.get(CHECK_VARIABLE) ?? "off" };
  const client = await startClient(
    // What a terminal sends to all, as by Ctrl-C, is for the runner to hear: it ends the kernel.
    { argv, folder, env: { ...spec.env, ...checking, ...env }, detached: true },
    (message) => {
      if (message.parent !== undefined) listeners.get(message.parent)?.(message);
    },
  );
  const execute = async (cell: { code: string; silent: boolean }, listen: (message: Message) => void) => {
    let reply: Message | undefined;
    let idle = false;
    const finished = Promise.withResolvers<Message>();
    const content = { ...cell, store_history: !cell.silent, user_expressions: {}, allow_stdin: false };
    const id = client.send("shell", "execute_request", { ...content, stop_on_error: true });
    listeners.set(id, (message) => {
      if (message.type === "execute_reply") reply = message;
      if (message.type === "status") idle = message.content.execution_state === "idle";
      listen(message);
      if (reply && idle) finished.resolve(reply); // by two connections: either may be the last
    });
    const first = await Promise.race([finished.promise, client.ended]);
    if (typeof first !== "string") return first;
    throw new Error(`The kernel stopped while the cell ran: ${first}`);
  };
  const stop = async () => {
    listeners.clear(); // the cell that runs is told that its process is gone
    client.send("control", "shutdown_request", { restart: false });
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, ENDS_WITHIN);
    await Promise.race([client.ended, late.promise]);
    clearTimeout(timer);
    await client.stop();
  };
  try {
    // It answers before it takes cells: the first one shall not wait.
    const { content } = await execute({ code: "0", silent: true }, () => {});
    if (content.status !== "ok") throw new Error(`Cannot start the kernel: ${content.evalue}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ended: client.ended,
    execute: (code, listen) => execute({ code, silent: false }, listen),
    stop,
  };
}
