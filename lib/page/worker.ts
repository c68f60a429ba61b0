/** The page's worker: all that takes long happens here. */
import "../bundle/mod.ts";
import { openRuntime } from "../runtime/engines.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { answerMessages } from "./worker/answer_messages.ts";
import type { FromWorker, PageEngine, ToWorker } from "./protocol.ts";
import { newWorkbench } from "./worker/workbench.ts";

const runtimes = new Map<PageEngine, Promise<Runtime>>();

function engine(name: PageEngine): Promise<Runtime> {
  const open = runtimes.get(name) ?? openRuntime({
    engine: name,
    threads: Math.min(navigator.hardwareConcurrency, 8),
    wasmPaths: new URL(".", import.meta.url),
  }).catch((error) => {
    runtimes.delete(name);
    throw error;
  });
  runtimes.set(name, open);
  return open;
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker, give: ArrayBuffer[]): void;
};

const hear = answerMessages(newWorkbench(engine), (message, give) => scope.postMessage(message, give));
scope.onmessage = ({ data }) => hear(data);
