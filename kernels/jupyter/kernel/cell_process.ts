import { randomUUID } from "node:crypto";
import { Error } from "../../../lib/errors.ts";
import { type Client, startClient } from "../protocol/client.ts";
import type { Json, Message } from "../protocol/wire.ts";
import { within } from "../within.ts";
import type { CellCode } from "./cell_code.ts";
import { INSIDE, V8_FLAGS } from "./inside_name.ts";
import { markFilter } from "./mark.ts";
import type { CellFacts } from "./inside/told.ts";
import { openSideChannel } from "./side_channel.ts";

/** A cell to run. */
export interface CellRun {
  /** The cell, as it was read. */
  code: CellCode;
  /** Whether it puts out nothing. */
  silent: boolean;
  /** Whether it may ask the user. */
  allowStdin: boolean;
}

/** The process that runs the cells: Deno's own kernel, with a second connection into it. */
export interface CellProcess {
  /** The process id. */
  readonly pid: number;
  /**
   * Runs a cell, one at a time. `hear` gets all that it puts out, in order; then the content of the reply is
   * returned. Throws, with the reason, where the process ends before.
   */
  run(cell: CellRun, hear: (message: Message) => void): Promise<Json>;
  /** Stops the cell that runs, if there is one. */
  stop(): Promise<void>;
  /** Asks something beside the cells; the content of the answer. */
  ask(type: string, content: Json): Promise<Json>;
  /** Answers what the cell asked of the user. */
  answer(content: Json): void;
  /** Passes on what a client said by a comm; whether anybody listened to it, and what is said in answer. */
  comm(event: string, content: Json): Promise<{ known: boolean; reply?: Json }>;
  /** Fulfilled when the process has ended, with the reason in words. */
  readonly ended: Promise<string>;
  /** Ends the process at once. */
  end(): Promise<void>;
}

/** Settings of {@linkcode startCellProcess}. */
export interface CellProcessOptions {
  /** The folder that the cells run in. */
  folder: string;
  /** Hears what comes while no cell runs, and what the process itself writes. */
  stray: (message: Message) => void;
  /** Hears that the cell that runs asks something of the user. */
  input: (content: Json) => void;
}

/** How long the main thread may take to hear that it shall stop before it counts as busy, in ms. */
const HEARS_WITHIN = 250;
/**
 * How long it may take behind an await: what works there comes to its next await, and an engine that gets
 * ready between two turns takes seconds; ended in the middle, it would leave others waiting.
 */
const HEARS_LATER_WITHIN = 5000;
/** Between two tries to end what was behind an await and never comes back, in ms. */
const BETWEEN_ENDS = 300;
/** How long Deno's kernel may take to answer that it ended a cell, in ms. */
const TERMINATED_WITHIN = 5000;
/** How long after the stop a question is answered with nothing, in ms. */
const WOKEN_AFTER = 100;
/** How a mark begins. */
const MARK = "espalier-mark-";
/** How long nothing may come behind a mark's reply, in ms: whoever closes a stream has no more to come. */
const MARKED_WITHIN = 2000;
/** What Deno says of packages whose installation would run scripts: none does here, and all work without. */
const ADVICE = /╭ Warning\n│\n│ {2}Ignored build scripts[^╰]*╰─\n/g;
/** Marks that fail because a stop hit them, and not the cell before, are written again, so often. */
const TRIES = 5;

/** A cell while it runs. */
interface Running {
  /** Whether it waits for anything at its top level. */
  waits: boolean;
  /** Whether it was told to stop. */
  isStopping?: boolean;
  /** Whether it is over, but for outputs that are still on their way. */
  isOver?: boolean;
  /** Whether a long call of the library listens for the stop: it saves what it has before it ends. */
  listens?: boolean;
  /** Fulfilled when it has been ended from outside, where that was tried. */
  terminated?: Promise<unknown>;
}

/** Starts the process, and waits until it takes cells. */
export async function startCellProcess({ folder, stray, input }: CellProcessOptions): Promise<CellProcess> {
  let heard = Promise.withResolvers<void>();
  /** Number of the cell that runs, or is next. */
  let cell = 1;
  const side = openSideChannel((said) => {
    if ("heard" in said && said.heard === cell) heard.resolve();
    if ("listens" in said && said.cell === cell && running) running.listens = said.listens;
    if ("comm" in said) {
      comms.get(said.comm)?.(said);
      comms.delete(said.comm);
    }
  });
  const comms = new Map<number, (said: { known: boolean; reply?: Json }) => void>();
  let asked = 0;
  let running: Running | undefined;
  /** Whether the cell waits for an answer that somebody types. */
  let asks = false;
  const answer = (content: Json): void => {
    asks = false;
    client.send("stdin", "input_reply", content);
  };
  let listener: ((message: Message) => void) | undefined;
  const answers = new Map<string, (content: Json) => void>();
  const hear = (message: Message, from: string) => {
    if (from === "stdin") {
      // A cell that was told to stop gets no further with an answer than to its next look.
      if (running?.isStopping) return answer({ value: "", status: "ok" });
      asks = true;
      return input(message.content);
    }
    const waiting = from !== "iopub" && message.parent !== undefined
      ? answers.get(message.parent)
      : undefined;
    if (waiting) {
      answers.delete(message.parent!);
      return waiting(message.content);
    }
    if (listener) listener(message);
    else if (from === "iopub" && !SELF.has(message.type)) stray(message);
  };
  let isReady = false;
  // Deno's kernel warns when it starts, and complains of the answer to a cell that was ended from outside.
  const native = (name: "stdout" | "stderr", text: string) => {
    if (!isReady) return;
    const from = name === "stderr" && running?.terminated ? text.indexOf(MARK) : 0;
    const said = from < 0 ? "" : text.slice(from).replaceAll(ADVICE, "");
    if (said) hear(nativeMessage(name, said), "iopub");
  };
  const client: Client = await startClient({
    argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
    folder,
    env: { [V8_FLAGS]: [Deno.env.get(V8_FLAGS), "--expose-gc"].filter(Boolean).join(",") },
    detached: true, // a Ctrl-C in the terminal is for the kernel to handle
    native,
    noise: new RegExp(`^${MARK}|"deno jupyter" is unstable|^[╭│╰]|^CDP response`),
  }, hear).catch((error) => {
    side.close();
    throw error;
  });
  const died = client.ended.then((why): never => {
    side.close();
    throw new Error(why);
  });
  died.catch(() => {});

  /** Runs code; passes on all but what is about the request itself. */
  const execute = async (code: string, content: Json, hear: (message: Message) => void): Promise<Json> => {
    const done = Promise.withResolvers<Json>();
    let [reply, idle]: [Json | undefined, boolean] = [undefined, false];
    const id = client.send("shell", "execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: false,
      ...content,
    });
    listener = (message) => {
      if (message.parent === id && message.type === "execute_reply") reply = message.content;
      else if (message.parent === id && message.type === "status") {
        idle = message.content.execution_state === "idle";
      } else if (!SELF.has(message.type)) hear(message);
      if (reply && idle) done.resolve(reply);
    };
    return await Promise.race([done.promise, died]);
  };

  /** Waits until all has come that was put out before. */
  const settle = async (hear: (message: Message) => void): Promise<CellFacts> => {
    for (let tries = 0; tries < TRIES; tries++) {
      const mark = MARK + randomUUID();
      const done = Promise.withResolvers<boolean>();
      const content = { silent: false, store_history: false, user_expressions: {}, allow_stdin: false };
      const code = `await ${INSIDE}.mark("${mark}", ${cell + 1})`;
      const id = client.send("shell", "execute_request", { ...content, code, stop_on_error: false });
      let timer: ReturnType<typeof setTimeout> | undefined;
      const filter = markFilter(mark, id, (message) => {
        // What is late carries the id of the request that is current then: this one.
        if (!SELF.has(message.type) && !(message.type === "error" && message.parent === id)) hear(message);
      });
      listener = (message) => {
        filter.hear(message);
        const isReply = message.type === "execute_reply" && message.parent === id;
        if (isReply && message.content.status !== "ok") done.resolve(false);
        if (isReply || timer !== undefined) {
          // As long as something comes, more may: much that was printed takes long.
          clearTimeout(timer);
          timer = setTimeout(done.resolve, MARKED_WITHIN, true);
        }
        if (filter.complete) done.resolve(true);
      };
      const isDone = await Promise.race([done.promise, died]);
      clearTimeout(timer);
      if (isDone) return filter.facts;
    }
    return {};
  };

  const ask = (channel: "shell" | "control", type: string, content: Json): Promise<Json> => {
    const done = Promise.withResolvers<Json>();
    answers.set(client.send(channel, type, content), done.resolve);
    return Promise.race([done.promise, died]);
  };

  const isWithin = async (promise: Promise<unknown>, ms: number): Promise<boolean> =>
    await within(Promise.race([promise.then(() => true), died]), ms) ?? false;

  try {
    const { port, token } = side;
    const url = JSON.stringify(new URL("./inside/enter.ts", import.meta.url).href);
    const code = `(await import(${url})).enter(${JSON.stringify({ port, token, parent: Deno.pid })})`;
    const reply = await execute(code, { silent: true, store_history: false }, () => {});
    if (reply.status !== "ok") {
      throw new Error(`Cannot prepare Deno's kernel: ${reply.ename}: ${reply.evalue}`);
    }
    await Promise.race([side.connected, died]);
    listener = undefined;
    isReady = true;
  } catch (error) {
    await client.stop();
    side.close();
    throw error;
  }
  return {
    pid: client.pid,
    ended: client.ended,
    comm(event, content) {
      const done = Promise.withResolvers<{ known: boolean; reply?: Json }>();
      comms.set(++asked, done.resolve);
      side.tell({ type: "comm", id: asked, event, content });
      return Promise.race([done.promise, died]);
    },
    async run({ code, silent, allowStdin }, hear) {
      const now: Running = running = { waits: code.waits };
      try {
        const reply = await execute(code.stoppable, { silent, allow_stdin: allowStdin }, hear);
        now.isOver = true;
        // What ends code from outside ends whatever runs: nothing else shall until it has.
        if (now.terminated) await isWithin(now.terminated, TERMINATED_WITHIN);
        const facts = await settle(hear);
        return reply.status === "ok" ? reply : { ...reply, facts };
      } finally {
        listener = undefined;
        running = undefined;
        cell++;
      }
    },
    async stop() {
      const now = running;
      if (!now || now.isOver || now.isStopping) return;
      now.isStopping = true;
      heard = Promise.withResolvers();
      side.tell({ type: "stop", cell });
      if (asks) {
        // Told to end first, code goes on no further with the answer that wakes it than to its next call.
        if (!now.waits) now.terminated = ask("control", "interrupt_request", {}).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, WOKEN_AFTER));
        answer({ value: "", status: "ok" });
      }
      // A cell behind an await looks by itself; one that does not come to that is ended from outside, too.
      const limit = now.waits ? HEARS_LATER_WITHIN : HEARS_WITHIN;
      const isHeard = await isWithin(heard.promise, limit).catch(() => true);
      if (isHeard || now.isOver || now.waits && now.listens) return;
      now.terminated = ask("control", "interrupt_request", {}).catch(() => {}); // it ended another way
      // Then what awaits its end hears of the stop; and the cell itself, if it was that, never comes back.
      while (now.waits && running === now && !now.isOver) {
        side.tell({ type: "stop", cell });
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_ENDS));
        if (running === now) side.tell({ type: "collect", cell });
      }
    },
    ask: (type, content) => ask("shell", type, content),
    answer,
    async end() {
      side.close();
      await client.stop();
    },
  };
}

/** Output of the process itself, as a message: code in other languages does, which knows of no notebook. */
function nativeMessage(name: "stdout" | "stderr", text: string): Message {
  const none = { id: "", parent: undefined, header: {}, parentHeader: {}, buffers: [], route: [] };
  return { ...none, type: "stream", content: { name, text }, metadata: { native: true } };
}

/** Messages of Deno's kernel about its own requests: this kernel sends them itself. */
const SELF = new Set([
  "status",
  "execute_input",
  "execute_reply",
  "kernel_info_reply",
  "interrupt_reply",
  "complete_reply",
]);
