import assert from "node:assert/strict";
import type { Model } from "../../../lib/onnx/model.ts";
import { operatorOf } from "../../../lib/onnx/operators/table.ts";
import { defaultRuntime } from "../../../lib/runtime/run_model.ts";
import type { Runtime, Session, Tensors } from "../../../lib/runtime/runtime.ts";
import { type ElementId, maskElements } from "../../../lib/transformer/mod.ts";
import { maskedSessions } from "../../../lib/transformer/search/masked_sessions.ts";
import { distance, logitsOf } from "../logits.ts";
import { EMPTY, encoder, examples, transformer } from "./small_encoder.ts";

const inputs = (await examples(6)).inputs as Tensors;

const configured = (...removed: ElementId[]) => ({ ...EMPTY, k: 2, removed });

/** An engine that tells how many sorts each session has that is open, in order of opening. */
async function counting(): Promise<{ runtime: Runtime; sorts: Map<Session, number>; opened: () => number }> {
  const engine = await defaultRuntime();
  const sorts = new Map<Session, number>();
  let opened = 0;
  const runtime: Runtime = {
    ...engine,
    async session(model) {
      opened++;
      const session = await engine.session(model);
      const counted: Session = {
        ...session,
        async release() {
          sorts.delete(counted);
          await session.release();
        },
      };
      sorts.set(counted, (model as Model).graph.nodes.filter((node) => operatorOf(node) === "TopK").length);
      return counted;
    },
  };
  return { runtime, sorts, opened: () => opened };
}

Deno.test("only layers whose attention is hard are sorted, and two sessions stay open at most", async () => {
  const { runtime, sorts, opened } = await counting();
  const sessions = maskedSessions(transformer, { runtime, renormalize: false });
  const on = async (...removed: ElementId[]) => {
    const configuration = configured(...removed);
    const logits = await sessions.with(
      configuration,
      async (run) => [...(await run(inputs)).logits!.data as Float32Array],
    );
    const expected = await logitsOf(maskElements(encoder(), configuration), inputs);
    assert.ok(distance(logits, expected) <= 1e-6, removed.join());
    return [...sorts.values()];
  };
  assert.deepEqual(await on(), [0]);
  assert.deepEqual(await on("hard-attention.1"), [0, 1]);
  assert.deepEqual(await on("attention.0.head.2", "feed-forward.2"), [0, 1]);
  assert.equal(opened(), 2);
  // The one used last stays: without hard attention.
  assert.deepEqual(await on("hard-attention.1", "hard-attention.2"), [0, 2]);
  // A block that is gone sorts nothing.
  assert.deepEqual(await on("hard-attention.1", "hard-attention.2", "attention.1"), [2, 1]);
  assert.equal(opened(), 4);
  await sessions.release();
  assert.equal(sorts.size, 0);
});

Deno.test("tasks that are begun together run one after another, and one that fails stops none", async () => {
  const { runtime, sorts } = await counting();
  const sessions = maskedSessions(transformer, { runtime, renormalize: false });
  const sets = [[], [0], [1], [2], [0, 1], [1, 2]];
  const found = await Promise.allSettled(
    sets.map((layers, i) =>
      sessions.with(
        configured(...layers.map((layer): ElementId => `hard-attention.${layer}`)),
        async (run) => {
          if (i === 2) throw new Error("enough");
          await run(inputs);
        },
      )
    ),
  );
  assert.deepEqual(found.map(({ status }) => status === "fulfilled"), [true, true, false, true, true, true]);
  assert.equal(sorts.size, 2);
  await sessions.release();
});
