import { Error } from "../../errors.ts";
import { errorInWords } from "../error_in_words.ts";
import type { FromWorker, ToWorker } from "../protocol.ts";
import type { Workbench, WorkTools } from "./workbench.ts";

/**
 * Answers the messages of a page from a workbench, one after another; a word to stop is heard at once, and
 * means nothing once the request that it names is answered.
 *
 * @param post sends an answer, with what it gives away
 */
export function answerMessages(
  bench: Workbench,
  post: (message: FromWorker, give: ArrayBuffer[]) => void,
): (message: ToWorker) => void {
  let running: { id: number; work: AbortController } | undefined;
  let last: Promise<void> = Promise.resolve();

  async function answer(message: Exclude<ToWorker, { stop: number }>): Promise<void> {
    const { id, name, asks } = message;
    running = { id, work: new AbortController() };
    const { signal } = running.work;
    try {
      const work = bench[name] as (asks: unknown, tools: WorkTools) => ReturnType<Workbench[typeof name]>;
      const result = await work(asks, { progress: progressTo(id), signal });
      post(
        { id, answer: result },
        "bytes" in result && typeof result.bytes === "object" ? [result.bytes.buffer] : [],
      );
    } catch (error) {
      post({ id, error: errorInWords(error), stopped: signal.aborted }, []);
    }
  }

  function progressTo(id: number): WorkTools["progress"] {
    let [title, total] = ["", 0];
    const tell = (done: number) => post({ id, progress: { title, done, total } }, []);
    return {
      start(what, steps) {
        [title, total] = [what, steps];
        tell(0);
      },
      step: tell,
      close: () => {},
    };
  }

  return (message) => {
    if (!("stop" in message)) last = last.then(() => answer(message));
    else if (running?.id === message.stop) running.work.abort(new Error("Stopped"));
  };
}
