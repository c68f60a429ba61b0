import { Error } from "../../lib/errors.ts";
import type { Kernelspec } from "./kernelspec.ts";
import { startClient } from "./protocol/client.ts";
import type { Json, Message } from "./protocol/wire.ts";

/**
 * Tries a kernel in a folder: a cell gives its value, an endless one stops when asked to, and what was
 * declared is kept. Gives what of it failed, in words; `undefined` where all went well.
 */
export async function tryKernel({ argv, env = {} }: Kernelspec, folder: string): Promise<string | undefined> {
  try {
    const waiting = new Map<string, (message: Message) => void>();
    const client = await startClient({ argv, folder, env }, (message) => {
      if (message.parent !== undefined) waiting.get(message.parent)?.(message);
    });
    const run = (code: string, began = () => {}) => {
      const seen = Promise.withResolvers<{ value: unknown; ename: unknown }>();
      let [value, ename]: unknown[] = [];
      let [replied, idle] = [false, false];
      const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
      waiting.set(client.send("shell", "execute_request", content), ({ type, content }) => {
        if (type === "execute_result") value = (content.data as Json)["text/plain"];
        if (type === "stream") began();
        if (type === "execute_reply") [ename, replied] = [content.ename, true];
        if (type === "status" && content.execution_state === "idle") idle = true;
        // By two connections: either may be the last.
        if (replied && idle) seen.resolve({ value, ename });
      });
      return Promise.race([
        seen.promise,
        client.ended.then((why): never => {
          throw new Error(why);
        }),
      ]);
    };
    try {
      const { value } = await run("let answer: number = 6 * 7; answer");
      if (value !== "42") return `6 * 7 gave ${value}`;
      const stop = () => void client.send("control", "interrupt_request", {});
      const { ename } = await run("console.log('begun'); await new Promise(() => {})", stop);
      if (ename !== "Interrupted") return `a cell that was stopped ended with ${ename}`;
      if ((await run("answer + 1")).value !== "43") return "its variables are lost after a stop";
      return undefined;
    } finally {
      await client.stop();
    }
  } catch (error) {
    return (error as Error).message;
  }
}
