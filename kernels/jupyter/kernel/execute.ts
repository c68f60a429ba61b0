import type { Json, Message } from "../protocol/wire.ts";
import { readCell } from "./cell_code.ts";
import type { CellProcess } from "./cell_process.ts";
import { type Checked, splitStrict } from "./check.ts";
import {
  type Failure,
  lostFailure,
  restartedFailure,
  stoppedFailure,
  syntaxFailure,
  thrownFailure,
  unreadFailure,
} from "./failure.ts";
import type { CellFacts } from "./inside/told.ts";
import type { Server } from "./server.ts";
import type { Supervisor } from "./supervisor.ts";
import { valuesOf } from "./user_expressions.ts";
import { within } from "../within.ts";

/** Runs cells, one at a time. */
export interface Executor {
  /** Takes a cell; it runs when those before it are done. */
  add(request: Message): void;
  /** Stops the cell that runs. Once it could not be stopped and said so, ends the process. */
  interrupt(): Promise<void>;
  /** The request whose cell runs, or ran last. */
  readonly current: Message | undefined;
  /** Whether a cell runs. */
  readonly busy: boolean;
  /** Hears that a process ended, and why: the cell that ran on it says so, or the next one does. */
  lost(why: string, process: object): void;
}

/** How long a cell may take to stop before it says so, in ms. */
const STOPS_WITHIN = 2500;
/** How long after that another stop ends the process, in ms: a later one may have been meant otherwise. */
const OFFER_STANDS = 15_000;
/** How long a cell that has replied, and that no other waits for, stays busy for its check, in ms. */
const CHECK_ENDS_WITHIN = 1000;

interface Running {
  request: Message;
  begun: number;
  /** When it was told to stop. */
  stopped?: number;
  /** Ends what it waits for before it runs. */
  stop: () => void;
  /** Fulfilled when what a check found too late has been said. */
  rest?: Promise<unknown> | undefined;
  /** When it last said that it does not stop, and how its process is ended. */
  offered?: number;
  restarted?: boolean;
}

/** What looks at a cell that parses before it runs: it may refuse it, or say something above its outputs. */
export type Before = (
  cell: { request: Message; code: string; strict: boolean },
  say: (text: string) => void,
) => Promise<Checked>;

/** Makes the queue of cells. */
export function openExecutor(
  server: Server,
  cells: Supervisor,
  before: Before,
  remember: (code: string) => void,
): Executor {
  const queue: Message[] = [];
  /** Processes that ended, of which no cell said so yet; and those whose own cell did. */
  const untold: { why: string; process: object }[] = [];
  const told = new WeakSet<object>();
  /** What was found out about cells that were over by then: the next one says it. */
  const late: string[] = [];
  let running: Running | undefined;
  /** The cell that still may show something. */
  let open: Running | undefined;
  /** Hears that a cell came to wait. */
  let arrived = () => {};
  /** Whether a process ended under a cell, which tells its own end first. */
  let isRestarting = false;
  let last: Message | undefined;
  let count = 0;

  const tellLate = (output: Output): void => {
    for (const text of late.splice(0)) output("stream", { name: "stderr", text });
    for (const { why, process } of untold.splice(0)) {
      if (told.has(process)) continue;
      const text =
        `The process that runs the cells is gone (${why}): its variables are lost, files are kept. ` +
        "A new one runs: run the cells again that the next ones need.\n";
      output("stream", { name: "stderr", text });
    }
  };

  const offerRestart = (cell: Running): void => {
    cell.offered = performance.now();
    const text =
      `Still at work: this cell does not stop at once. Wait, or press stop again within ${
        OFFER_STANDS / 1000
      } s ` +
      "to end the process and start a new one; its variables are lost then.\n";
    server.publish("stream", { name: "stderr", text }, cell.request);
  };

  const tellRestart = (): void => {
    isRestarting = false;
    server.publish("status", { execution_state: "restarting" }, undefined);
  };

  const runCell = async (cell: Running, whole: string, output: Output): Promise<Json> => {
    const { request } = cell;
    const { content } = request;
    const { code, strict } = splitStrict(whole);
    const read = await readCell(code);
    if (read.problems.length) return failed(output, syntaxFailure(code, read));
    const line = `Of cell [${count}]: `;
    const halted = new Promise<Checked>((resolve) => {
      cell.stop = () => resolve({});
      if (cell.stopped !== undefined) resolve({}); // while the cell was read
    });
    const { refusal, imports, rest } = await Promise.race([
      before({ request, code, strict }, (text) => {
        if (open === cell) output("stream", { name: "stderr", text });
        else if (cell.stopped === undefined) late.push(line + text);
      }),
      halted,
    ]);
    if (refusal) return failed(output, refusal);
    cell.rest = rest;
    let own: Json | undefined;
    let process: CellProcess | undefined;
    try {
      process = await cells.ready();
      if (content.silent !== true) tellLate(output); // it may have ended while the cell was looked at
      if (cell.stopped !== undefined) return failed(output, stoppedFailure(secondsOf(cell), undefined));
      const reply = await process.run(
        {
          code: imports ? { ...read, stoppable: read.watchful } : read,
          silent: content.silent === true,
          allowStdin: content.allow_stdin === true,
        },
        (message) => {
          // It is shown once, with the kernel's words.
          if (message.type === "error") own = message.content;
          else output(message.type, message.content, message);
        },
      );
      if (reply.status === "ok") {
        return { ...reply, user_expressions: await valuesOf(content.user_expressions, process) };
      }
      if (cell.stopped !== undefined) {
        return failed(output, stoppedFailure(secondsOf(cell), ownError(own ?? reply)));
      }
      return failed(
        output,
        thrownFailure(code, read, own ?? reply, reply.facts as CellFacts | undefined ?? {}),
      );
    } catch (error) {
      if (process) told.add(process);
      return failed(output, cell.restarted ? restartedFailure() : lostFailure((error as Error).message));
    }
  };

  const execute = async (request: Message): Promise<void> => {
    const { content } = request;
    const code = String(content.code ?? "");
    const silent = content.silent === true;
    const kept = !silent && content.store_history !== false && code.trim() !== "";
    if (kept) {
      count++;
      remember(code);
    }
    const cell: Running = open = running = { request, begun: performance.now(), stop() {} };
    last = request;
    const output: Output = (type, content, extras) => {
      if (silent) return;
      const counted = type === "execute_result" ? { ...content, execution_count: count } : content;
      server.publish(
        type,
        counted,
        request,
        extras && { metadata: extras.metadata, buffers: extras.buffers },
      );
    };
    server.publish("status", { execution_state: "busy" }, request);
    if (!silent) server.publish("execute_input", { code, execution_count: count }, request);
    if (!silent) tellLate(output);
    const reply = code.trim() === ""
      ? { status: "ok", payload: [] }
      : await runCell(cell, code, output).catch((error) => failed(output, unreadFailure(error)));
    running = undefined;
    const isLast = reply.status !== "ok" && content.stop_on_error !== false;
    if (isLast) await new Promise((resolve) => setTimeout(resolve, 0)); // those that were sent with it are here, then
    const aborted = isLast ? queue.splice(1) : [];
    const { user_expressions = {} } = reply;
    await server.reply("shell", request, "execute_reply", {
      ...reply,
      execution_count: count,
      user_expressions,
    });
    if (cell.rest && queue.length === 1) {
      const next = new Promise<void>((resolve) => arrived = resolve);
      await within(Promise.race([cell.rest, next]), CHECK_ENDS_WITHIN);
    }
    open = undefined;
    server.publish("status", { execution_state: "idle" }, request);
    for (const other of aborted) {
      server.publish("status", { execution_state: "busy" }, other);
      await server.reply("shell", other, "execute_reply", { status: "aborted", execution_count: count });
      server.publish("status", { execution_state: "idle" }, other);
    }
    if (isRestarting) tellRestart();
  };

  const work = async () => {
    while (queue.length) {
      await execute(queue[0]!);
      queue.shift();
    }
  };

  return {
    add(request) {
      queue.push(request);
      arrived();
      if (queue.length === 1) void work();
    },
    async interrupt() {
      const cell = running;
      if (!cell) return await cells.now?.stop();
      if (cell.offered !== undefined) {
        if (performance.now() - cell.offered > OFFER_STANDS) return offerRestart(cell);
        cell.restarted = true;
        return await cells.restart();
      }
      if (cell.stopped !== undefined) return;
      cell.stopped = performance.now();
      cell.stop();
      setTimeout(() => {
        if (running === cell) offerRestart(cell);
      }, STOPS_WITHIN);
      await cells.now?.stop();
    },
    get current() {
      return last;
    },
    get busy() {
      return running !== undefined;
    },
    lost(why, process) {
      untold.push({ why, process });
      // Whoever pressed stop twice has asked for it.
      if (running?.restarted) return;
      if (running) isRestarting = true;
      else tellRestart();
    },
  };
}

type Output = (type: string, content: Json, extras?: Message) => void;

function failed(output: Output, failure: Failure): Json {
  output("error", failure);
  return { status: "error", ...failure };
}

function secondsOf({ begun }: Running): number {
  return (performance.now() - begun) / 1000;
}

/** An error that is not the stop itself, in words. */
function ownError({ ename, evalue }: Json): string | undefined {
  const text = `${ename}: ${evalue}`;
  return !ename || /^(Interrupted|AbortError)|Execution (failed|was terminated)/.test(text)
    ? undefined
    : text;
}
