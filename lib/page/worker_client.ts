import { Error } from "../errors.ts";
import type { Exchange, FromWorker, ProgressView, RequestName, ToWorker } from "./protocol.ts";

/** The page's end of the worker. */
export interface WorkerClient {
  /** Asks, and waits for the answer. */
  ask<Name extends RequestName>(
    name: Name,
    asks: Exchange[Name]["asks"],
    give?: ArrayBuffer[],
  ): Promise<Exchange[Name]["answers"]>;
  /** Stops what runs. */
  stop(): void;
}

/** Raised where work was stopped on request. */
export class Stopped extends Error {}

/** Talks to a worker, and tells how far it is. */
export function workerClient(
  worker: Pick<Worker, "postMessage" | "addEventListener">,
  tell: (progress: ProgressView) => void,
): WorkerClient {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let count = 0;
  let failed: Error | undefined;
  worker.addEventListener("message", (event) => {
    const message = (event as MessageEvent<FromWorker>).data;
    const answer = waiting.get(message.id);
    if ("progress" in message) return tell(message.progress);
    waiting.delete(message.id);
    if ("answer" in message) answer?.resolve(message.answer);
    else answer?.reject(message.stopped ? new Stopped(message.error) : new Error(message.error));
  });
  worker.addEventListener("error", (event) => {
    const { message } = event as ErrorEvent;
    failed = new Error(`The page's worker failed: ${message}; reload the page`);
    for (const { reject } of waiting.values()) reject(failed);
    waiting.clear();
  });
  return {
    ask(name, asks, give = []) {
      if (failed) return Promise.reject(failed);
      const id = count++;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(id, answer);
      worker.postMessage({ id, name, asks } as ToWorker, give);
      return answer.promise as never;
    },
    stop: () => worker.postMessage({ stop: true } satisfies ToWorker),
  };
}
