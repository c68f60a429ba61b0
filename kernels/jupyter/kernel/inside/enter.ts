/**
 * What the kernel puts into the process that runs the cells: how they are stopped, and how the kernel knows
 * that it has all that they put out.
 */
import { Error } from "../../../../lib/errors.ts";
import { INSIDE, LINE } from "../inside_name.ts";
import { MARKS_NATIVE } from "../mark.ts";
import { takeCollector } from "./collector.ts";
import { takeComms } from "./comms.ts";
import { missingExports } from "./missing_exports.ts";
import { ownOutputs } from "./own_outputs.ts";
import { type CellFacts, FACTS_MIME, type Said, type Told } from "./told.ts";
import { tellUncaught } from "./uncaught.ts";

/** How long a call that heard of the stop may take to end by itself, saving what it has, in ms. */
const GRACE = 1500;

/** Where cells leave the line of the statement that runs. */
const cells = globalThis as { [LINE]?: unknown };

/** The error that a stopped cell throws; the kernel says more about it. */
class Interrupted extends Error {
  override name = "Interrupted";
  constructor() {
    super("the cell was stopped");
  }
}

/** Makes this process stoppable; fulfilled when it hears the kernel. */
export function enter({ port, token, parent }: { port: number; token: string; parent: number }): void {
  // Number of the cell that shall stop; and of the one in which a long call of the library listens for that.
  const flag = new Int32Array(new SharedArrayBuffer(8));
  const thread = new Worker(new URL("./thread.ts", import.meta.url), { type: "module", name: `${parent}` });
  thread.postMessage({ port, token, flag });
  const say = (said: Said) => thread.postMessage(said);

  /** What ends the awaits at the top level of the cell. */
  const waiting = new Set<(reason: Interrupted) => void>();
  let controller = new AbortController();
  let isHeard = false;
  let since = 0;
  /** Number of the cell that runs; the flag has the number of the one that shall stop. */
  let cell = 1;
  /** Reasons that stops gave: whoever passes one on has nothing to say. */
  const stops = new WeakSet<object>();
  const isOfStop = (reason: unknown) => reason instanceof Interrupted || stops.has(reason as object);
  const stop = async (stopped: number) => {
    say({ heard: stopped });
    if (stopped !== cell) return;
    const reason = new DOMException("The cell was stopped", "AbortError");
    stops.add(reason);
    controller.abort(reason);
    controller = new AbortController();
    if (isHeard) await new Promise((resolve) => setTimeout(resolve, GRACE));
    if (stopped === cell) { for (const end of waiting) end(new Interrupted()); }
  };
  const collect = takeCollector();
  const takeComm = takeComms(say);
  const told: { [Type in Told["type"]]: (told: Told & { type: Type }) => void } = {
    stop: (told) => void stop(told.cell),
    collect: (told) => told.cell === cell && collect(),
    comm: (told) => void takeComm(told),
  };
  thread.onmessage = ({ data }: MessageEvent<Told>) => told[data.type](data as never);

  let thrown: { value: unknown } | undefined;
  let facts: CellFacts = {};
  /** A cell is over, and a stop of it, which may still be on its way, with it. */
  const reset = (next: number) => {
    if (cell === next) return;
    const line = cells[LINE];
    facts = { ...typeof line === "number" && { line }, ...thrown && { thrown: shown(thrown.value) } };
    [cells[LINE], thrown] = [undefined, undefined];
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
  const { log, error } = console, displayRaw = rawDisplay();
  const inside = {
    /** Throws where the cell shall stop. */
    look,
    /** Looks for imported names in their module: a warning for those it lacks. */
    imported(module: object, names: string[], from: string): void {
      for (const sentence of missingExports(Object.keys(module), names, from)) error(`Warning: ${sentence}`);
    },
    /** The awaited value, or the stop. */
    until<T>(value: T): T | Promise<Awaited<T>> {
      look();
      if (typeof (value as { then?: unknown } | null | undefined)?.then !== "function") return value;
      // No Promise.race: the stop would remember every await of a long cell.
      return new Promise((resolve, reject) => {
        waiting.add(reject);
        Promise.resolve(value).finally(() => waiting.delete(reject)).then(
          resolve,
          (reason) => reject(inside.thrown(reason)),
        );
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
    /** What is thrown; where it is no error, it is remembered, for a message says nothing of it. */
    thrown<T>(value: T): T {
      thrown = value instanceof globalThis.Error ? undefined : { value };
      return value;
    },
    /** Ends a cell: writes the text in each of the ways by which it may have put something out. */
    async mark(text: string, next: number): Promise<string> {
      reset(next);
      for (const put of [log, error]) put(text);
      if (MARKS_NATIVE) {
        for (const name of ["stdout", "stderr"]) {
          Deno.writeTextFileSync(`/dev/${name}`, `${text}\n`, { append: true });
        }
      }
      await displayRaw({ "text/plain": text, [FACTS_MIME]: facts });
      return text;
    },
  };
  ownOutputs();
  tellUncaught((reason) => isOfStop(reason), error);
  offer(INSIDE, Object.freeze(inside));
  // The library's long calls ask for it here.
  offer(Symbol.for("espalier.stop"), () => {
    isHeard = true;
    Atomics.store(flag, 1, cell);
    return controller.signal;
  });
}

/** Makes something known to all code of the process. */
function offer(name: PropertyKey, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true });
}

/** The function that displays a value by its MIME types, as it is before cells put another in its place. */
function rawDisplay(): (types: Record<string, unknown>) => Promise<void> {
  const { display } = Deno.jupyter as unknown as {
    display: (value: unknown, options: object) => Promise<void>;
  };
  return (types) => display(types, { raw: true });
}

/** A value as it shows, unless it has an opinion of that which fails. */
function shown(value: unknown): string {
  try {
    return Deno.inspect(value);
  } catch {
    return "a value that cannot be shown";
  }
}
