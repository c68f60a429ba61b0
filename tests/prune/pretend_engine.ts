import assert from "node:assert/strict";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";

let time = 0;

/** Runs with a clock that only the engine below moves, and with pauses that take no time. */
export async function withClock(use: () => Promise<void>): Promise<void> {
  const [{ now }, { setTimeout }] = [performance, globalThis];
  time = 0;
  performance.now = () => time;
  globalThis.setTimeout = ((call: () => void) => (queueMicrotask(call), 0)) as unknown as typeof setTimeout;
  try {
    await use();
  } finally {
    performance.now = now;
    globalThis.setTimeout = setTimeout;
  }
}

/**
 * An engine on which each run takes as long as the file's layer "a" is wide, or what `cost` makes of that, and which tells
 * what ran. It is given files, never models: those an engine may rewrite before it runs them, and would time something else
 * than is saved.
 */
export function pretend(
  { order, layer = false, cost = (width) => width }: {
    order?: string[];
    /** Whether each run takes as long as the file has weights, instead. */
    layer?: boolean;
    /** Milliseconds by width, and by what reads: "MatMul" or "Conv" on how many channels. */
    cost?: (width: number, op: string, from: number) => number;
  } = {},
): Runtime {
  return {
    engine: "native",
    device: "pretended",
    session: (file) =>
      Promise.resolve({
        run() {
          assert.ok(file instanceof Uint8Array, "a model was timed in place of its file");
          const { graph } = decodeModel(file);
          if (layer) {
            for (const { dims } of graph.initializers.values()) time += dims.reduce((a, b) => a * b, 1);
            return Promise.resolve({});
          }
          const { dims } = graph.initializers.get("a")!;
          const [op, width, from] = dims.length === 4
            ? ["Conv", dims[0]!, dims[1]!] as const
            : ["MatMul", dims[1]!, dims[0]!] as const;
          order?.push(String(width));
          time += cost(width, op, from);
          return Promise.resolve({});
        },
        state: () => Promise.resolve({}),
        carried: () => ({}),
        takeState: () => Promise.resolve({}),
        setState: () => Promise.resolve(),
        release: () => Promise.resolve(),
      }),
    close: () => Promise.reject(new Error("an engine that was given must stay open")),
  };
}
