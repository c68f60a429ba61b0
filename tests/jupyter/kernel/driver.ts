import { fileURLToPath } from "node:url";
import type { Json, Message } from "../../../kernels/jupyter/protocol/wire.ts";
import { type Client, type Source, startClient } from "../../../kernels/jupyter/protocol/client.ts";

const MAIN = fileURLToPath(new URL("../../../kernels/jupyter/kernel/main.ts", import.meta.url));

/** The command that starts the kernel of this tree. */
export const ARGV: readonly string[] = [
  Deno.execPath(),
  "run",
  "--allow-all",
  "--no-lock",
  "--no-config",
  MAIN,
  "{connection_file}",
];

/** A cell as a client saw it. */
export interface SeenCell {
  /** The content of the reply. */
  reply: Json;
  /** What came before its idle message, but for status and input: type and content. */
  outputs: { type: string; content: Json }[];
  /** All that was printed, whatever the pieces. */
  printed: string;
  /** The plain text of its value. */
  value: string | undefined;
  /** Types of the messages that came after its idle message. */
  late: string[];
}

/** A client of a kernel. */
export interface Driver {
  client: Client;
  /** Sends a cell; fulfilled when its reply and its idle message have come. */
  run(code: string, content?: Json, metadata?: Json): Promise<SeenCell>;
  /** Sends any request; fulfilled with the content of its reply. */
  ask(channel: "shell" | "control", type: string, content?: Json): Promise<Json>;
  /** Fulfilled when a message fits; those that came before count. */
  until(fits: (message: Message, from: Source) => boolean): Promise<Message>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a kernel of this tree with a client, which waits for a message for so many seconds at most. */
export async function startDriver(
  { folder = import.meta.dirname!, env = {}, limit = 30 }: {
    folder?: string;
    env?: Record<string, string>;
    limit?: number;
  } = {},
): Promise<Driver> {
  const heard: [Message, Source][] = [];
  const waiting = new Set<(message: Message, from: Source) => void>();
  const client = await startClient(
    { argv: ARGV, folder, env: { NO_COLOR: "1", ...env } },
    (message, from) => {
      heard.push([message, from]);
      for (const look of waiting) look(message, from);
    },
  );
  const tail = () =>
    heard.slice(-5).map(([{ type, content }]) => `${type} ${JSON.stringify(content).slice(0, 200)}`).join(
      "; ",
    );
  const until: Driver["until"] = (fits) =>
    new Promise((resolve, reject) => {
      const before = heard.find(([message, from]) => fits(message, from));
      if (before) return resolve(before[0]);
      const look = (message: Message, from: Source) => {
        if (!fits(message, from)) return;
        waiting.delete(look);
        clearTimeout(timer);
        resolve(message);
      };
      const timer = setTimeout(() => reject(new Error(`It did not come: ${tail()}`)), limit * 1000);
      waiting.add(look);
      void client.ended.then((why) => reject(new Error(why)));
    });
  return {
    client,
    until,
    async run(code, content = {}, metadata = {}) {
      const id = client.send("shell", "execute_request", {
        code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
        stop_on_error: true,
        ...content,
      }, { metadata });
      const isIdle = ({ parent, type, content }: Message) =>
        parent === id && type === "status" && content.execution_state === "idle";
      const reply = await until(({ parent, type }) => parent === id && type === "execute_reply");
      await until(isIdle);
      const mine = heard.filter(([message, from]) => from === "iopub" && message.parent === id);
      const end = mine.findIndex(([message]) => isIdle(message));
      const outputs = mine.slice(0, end).map(([message]) => message)
        .filter(({ type }) => type !== "status" && type !== "execute_input");
      return {
        reply: reply.content,
        outputs: outputs.map(({ type, content }) => ({ type, content })),
        printed: outputs.filter(({ type }) => type === "stream").map(({ content }) => content.text).join(""),
        value: outputs.filter(({ type }) => type === "execute_result")
          .map(({ content }) => (content.data as Record<string, string>)["text/plain"]).at(-1),
        get late() {
          const all = heard.filter(([message, from]) => from === "iopub" && message.parent === id);
          const idle = all.findIndex(([message]) => isIdle(message));
          return all.slice(idle + 1).map(([message]) => message.type);
        },
      };
    },
    async ask(channel, type, content = {}) {
      const id = client.send(channel, type, content);
      return (await until(({ parent }, from) => parent === id && from === channel)).content;
    },
    async [Symbol.asyncDispose]() {
      await client.stop();
    },
  };
}

/** A moment. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
