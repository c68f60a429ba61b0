import { Error } from "../errors.ts";
import type { Exchange, FromWorker, ProgressView, RequestName, ToWorker } from "./protocol.ts";

/** Asks a worker, and waits for the answer. */
export type Ask = <Name extends RequestName>(
  name: Name,
  asks: Exchange[Name]["asks"],
  give?: ArrayBuffer[],
) => Promise<Exchange[Name]["answers"]>;

/** The page's end of the worker. */
export interface WorkerClient {
  /** Asks, and waits for the answer. */
  ask: Ask;
  /** Stops what runs at its next step, where it has steps. */
  stop(): void;
  /** Stops what runs: where it does not end by itself soon, another worker takes the place of this one. */
  end(): void;
}

/** What a client is told by, and what it does anew. */
export interface ClientDuties {
  /** Is told how far what runs is. */
  tell(progress: ProgressView): void;
  /** Brings a new worker to where the one before was. */
  restore(ask: Ask): Promise<void>;
}

/** The part of a worker that a client needs. */
export type AnyWorker = Pick<Worker, "postMessage" | "addEventListener" | "terminate">;

/** Raised where work was stopped on request. */
export class Stopped extends Error {}

/** For so long what was stopped may take to end by itself, in ms. */
const PATIENCE = 500;

/** Talks to a worker, and begins another one where it has to be ended. */
export function workerClient(begin: () => AnyWorker, { tell, restore }: ClientDuties): WorkerClient {
  /** Questions in their order, which is that of the answers. */
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let count = 0;
  let failed: Error | undefined;
  let worker = listenTo(begin());
  /** Settles when the worker has what the one before had, or with why it cannot have that. */
  let ready: Promise<{ lost?: unknown }> = Promise.resolve({});

  function listenTo(worker: AnyWorker): AnyWorker {
    worker.addEventListener("message", (event) => {
      const message = (event as MessageEvent<FromWorker>).data;
      const answer = waiting.get(message.id);
      if (!answer) return;
      if ("progress" in message) return tell(message.progress);
      waiting.delete(message.id);
      if ("answer" in message) answer.resolve(message.answer);
      else answer.reject(message.stopped ? new Stopped(message.error) : new Error(message.error));
    });
    worker.addEventListener("error", (event) => {
      const { message } = event as ErrorEvent;
      rejectAll(failed = new Error(`The page's worker failed: ${message}; reload the page`));
    });
    return worker;
  }

  function rejectAll(error: Error): void {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }

  const send: Ask = (name, asks, give = []) => {
    if (failed) return Promise.reject(failed);
    const id = count++;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(id, answer);
    worker.postMessage({ id, name, asks } as ToWorker, give);
    return answer.promise as never;
  };

  function replace(): void {
    worker.terminate();
    rejectAll(new Stopped("Stopped"));
    worker = listenTo(begin());
    ready = restore(send).then(() => ({}), (lost) => ({ lost }));
  }

  /** Stops the first request without an answer: that is what runs, if its answer is not on its way. */
  function stop(): number | undefined {
    const [running] = waiting.keys();
    if (running !== undefined) worker.postMessage({ stop: running } satisfies ToWorker);
    return running;
  }

  return {
    async ask(name, asks, give) {
      const { lost } = await ready;
      // Where what was open cannot be opened any more, another model can.
      if (lost !== undefined && name !== "open") throw lost;
      const answer = await send(name, asks, give);
      if (name === "open") ready = Promise.resolve({});
      return answer;
    },
    stop: () => void stop(),
    end() {
      const running = stop();
      if (running === undefined) return;
      setTimeout(() => waiting.has(running) && replace(), PATIENCE);
    },
  };
}
