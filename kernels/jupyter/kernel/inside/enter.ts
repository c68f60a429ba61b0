/**
 * What the kernel puts into the process that runs the cells: how they are stopped, and how the kernel knows
 * that it has all that they put out.
 */
import { Error } from "../../../../lib/errors.ts";
import { INSIDE } from "../inside_name.ts";
import { MARKS_NATIVE } from "../mark.ts";
import { takeComms } from "./comms.ts";
import { missingExports } from "./missing_exports.ts";
import type { Said, Told } from "./told.ts";

/** How long a call that heard of the stop may take to end by itself, saving what it has, in ms. */
const GRACE = 1500;

/** The error that a stopped cell throws; the kernel says more about it. */
class Interrupted extends Error {
  override name = "Interrupted";
  constructor() {
    super("the cell was stopped");
  }
}

/** What a cell throws that must not import what is not there. */
class ImportError extends Error {
  override name = "ImportError";
}

/** Makes this process stoppable; fulfilled when it hears the kernel. */
export function enter({ port, token, parent }: { port: number; token: string; parent: number }): void {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(new URL("./thread.ts", import.meta.url), {
    type: "module",
    name: String(parent),
  });
  thread.postMessage({ port, token, flag });
  const say = (said: Said) => thread.postMessage(said);

  /** What ends the awaits at the top level of the cell. */
  const waiting = new Set<(reason: Interrupted) => void>();
  let controller = new AbortController();
  let isHeard = false;
  let since = 0;
  /** Number of the cell that runs; the flag has the number of the one that shall stop. */
  let cell = 1;
  const stop = async (stopped: number) => {
    say({ heard: stopped });
    if (stopped !== cell) return;
    controller.abort(new DOMException("The cell was stopped", "AbortError"));
    controller = new AbortController();
    if (isHeard) await new Promise((resolve) => setTimeout(resolve, GRACE));
    if (stopped === cell) { for (const end of waiting) end(new Interrupted()); }
  };
  const takeComm = takeComms(say);
  const told: { [Type in Told["type"]]: (told: Told & { type: Type }) => void } = {
    stop: (told) => void stop(told.cell),
    comm: (told) => void takeComm(told),
  };
  thread.onmessage = ({ data }: MessageEvent<Told>) => told[data.type](data as never);

  /** A cell is over, and a stop of it, which may still be on its way, with it. */
  const reset = (next: number) => {
    cell = next;
    waiting.clear();
    isHeard = false;
    since = 0;
  };
  const look = () => {
    if (flag[0] !== cell) return;
    since ||= performance.now();
    if (!isHeard || performance.now() - since > GRACE) throw new Interrupted();
  };
  const { log, error } = console;
  const { display } = Deno.jupyter as unknown as {
    display: (value: unknown, options: object) => Promise<void>;
  };
  const inside = {
    /** Throws where the cell shall stop. */
    look,
    /** Looks for imported names in their module: a warning, or an error, for those it lacks. */
    imported(module: object, names: string[], from: string, strict: boolean): void {
      const missing = missingExports(Object.keys(module), names, from);
      if (missing.length && strict) throw new ImportError(missing.join("\n"));
      for (const sentence of missing) error(`Warning: ${sentence}`);
    },
    /** The awaited value, or the stop. */
    until<T>(value: T): T | Promise<Awaited<T>> {
      look();
      if (typeof (value as { then?: unknown } | null | undefined)?.then !== "function") return value;
      // No Promise.race: the stop would remember every await of a long cell.
      return new Promise((resolve, reject) => {
        waiting.add(reject);
        Promise.resolve(value).finally(() => waiting.delete(reject)).then(resolve, reject);
      });
    },
    /** The values of `for await`, or the stop. */
    async *each<T>(values: AsyncIterable<T> | Iterable<T | PromiseLike<T>>): AsyncGenerator<Awaited<T>> {
      const iterator = Symbol.asyncIterator in values
        ? values[Symbol.asyncIterator]()
        : values[Symbol.iterator]();
      try {
        while (true) {
          const { done, value } = await inside.until(Promise.resolve(iterator.next()));
          if (done) return;
          yield await value as Awaited<T>;
        }
      } finally {
        // Not awaited where it was stopped: what never gives a value may never return either.
        const returned = iterator.return?.();
        if (flag[0] !== cell) await returned;
      }
    },
    /** Ends a cell: writes the text in each of the ways by which it may have put something out. */
    async mark(text: string, next: number): Promise<string> {
      reset(next);
      log(text);
      error(text);
      if (MARKS_NATIVE) Deno.writeTextFileSync("/dev/stderr", `${text}\n`, { append: true });
      await display({ "text/plain": text }, { raw: true });
      return text;
    },
  };
  Object.defineProperty(globalThis, INSIDE, { value: Object.freeze(inside), configurable: true });
  // The library's long calls ask for it here.
  Object.defineProperty(globalThis, Symbol.for("espalier.stop"), {
    value: () => {
      isHeard = true;
      return controller.signal;
    },
    configurable: true,
  });
}
