import assert from "node:assert/strict";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";

/** Runs with a clock that only the engine below moves. */
export async function withClock(use: () => Promise<void>): Promise<void> {
  const { now } = performance;
  time = 0;
  performance.now = () => time;
  try {
    await use();
  } finally {
    performance.now = now;
  }
}
let time = 0;

/**
 * An engine on which each run takes as long as the file has hidden channels, and which tells what ran. It is given files,
 * never models: those an engine may rewrite before it runs them, and would time something else than is saved.
 */
export function pretend(log: { order?: string[] }): Runtime {
  return {
    engine: "native",
    device: "pretended",
    session: (file) =>
      Promise.resolve({
        run() {
          assert.ok(file instanceof Uint8Array, "a model was timed in place of its file");
          const width = decodeModel(file).graph.initializers.get("a")!.dims[1]!;
          log.order?.push(String(width));
          time += width;
          return Promise.resolve({});
        },
        state: () => Promise.resolve({}),
        carried: () => ({}),
        setState: () => Promise.resolve(),
        release: () => Promise.resolve(),
      }),
    close: () => Promise.reject(new Error("an engine that was given must stay open")),
  };
}
