import assert from "node:assert/strict";
import { proceduralImages, resnetCifar, toExamples } from "../mod.ts";
import { evaluate } from "../lib/train/evaluate.ts";
import { fit } from "../lib/train/fit.ts";
import { download } from "../lib/data/download.ts";
import { sensitivity } from "../lib/prune/sensitivity.ts";
import { measureLatency } from "../lib/prune/latency/latency.ts";
import { stopSignal } from "../lib/stop.ts";

const STOP = Symbol.for("espalier.stop");
const place = globalThis as { [STOP]?: () => AbortSignal };

Deno.test("where there is no stop button, the caller's own signal is the one", () => {
  assert.equal(stopSignal(), undefined);
  const { signal } = new AbortController();
  assert.equal(stopSignal(signal), signal);
});

Deno.test("what is no signal is refused", () => {
  assert.throws(() => stopSignal({} as AbortSignal), {
    name: "TypeError",
    message:
      "Cannot be stopped by an Object: expected signal to be an AbortSignal, as new AbortController() has one",
  });
  assert.throws(
    () => stopSignal(new AbortController() as never),
    /stopped by an AbortController: expected signal/,
  );
});

Deno.test("a stop button ends training, evaluation, timing and a download that were given no signal", async () => {
  const button = new AbortController();
  button.abort(new DOMException("stopped", "AbortError"));
  place[STOP] = () => button.signal;
  try {
    const own = new AbortController();
    assert.equal(stopSignal(own.signal)!.aborted, true);
    const model = resnetCifar({ depth: 20, widths: [4, 8, 16] });
    const data = toExamples(proceduralImages({ train: 8, test: 0 }).train);
    const calls = [
      () => fit(model, data, { epochs: 1 }),
      () => evaluate(model, data),
      () => measureLatency(model),
      () => sensitivity(model, data)[Symbol.asyncIterator]().next(),
      () => download({ name: "file", bytes: 1, sha256: "", addresses: [] }, "."),
    ];
    for (const call of calls) await assert.rejects(call() as Promise<unknown>, /stopped/);
  } finally {
    delete place[STOP];
  }
});
