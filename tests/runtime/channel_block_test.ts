import assert from "node:assert/strict";
import { importOrtNode } from "../../lib/deps.ts";
import { channelBlock } from "../../lib/runtime/channel_block.ts";
import type { Ort } from "../../lib/runtime/ort_session.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

/** An engine that lays so many channels side by side. */
const engine = (block: number): Ort =>
  ({
    InferenceSession: {
      create: () =>
        Promise.resolve({
          run: ({ x }: { x: { data: Float32Array } }) => {
            const y = new Float32Array(128);
            for (let c = 0; c < 64; c++) {
              for (let pixel = 0; pixel < 2; pixel++) {
                y[Math.floor(c / block) * 2 * block + pixel * block + c % block] = x.data[2 * c + pixel]!;
              }
            }
            return Promise.resolve({ y: float32(y) });
          },
          release: () => Promise.resolve(),
        }),
    },
  }) as unknown as Ort;

Deno.test("the block is read off an image whose pixels are their channel's number", async () => {
  assert.deepEqual(await Promise.all([4, 8, 16].map((block) => channelBlock(engine(block)))), [4, 8, 16]);
});

Deno.test("an engine without such a layout has none, and this machine's is one there is", async () => {
  const refuses = { InferenceSession: { create: () => Promise.reject(new Error("no such operator")) } };
  // Channels stay where they were: two pixels of each side by side.
  assert.deepEqual([await channelBlock(refuses), await channelBlock(engine(1))], [0, 0]);
  const { default: ort } = await importOrtNode() as unknown as { default: Ort };
  assert.ok([0, 8, 16].includes(await channelBlock(ort)));
});
