import assert from "node:assert/strict";
import {
  compressLanguageModel,
  type CompressLanguageModelOptions,
} from "../../lib/lm/compress_language_model.ts";
import { perplexity } from "../../lib/lm/perplexity.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { dataFile } from "../data.ts";
import { tagged } from "../tags.ts";
import { openStories, STORIES } from "./stories.ts";

const samples = dataFile("lm/stories260K_samples.json");
const ignore = !STORIES || !samples;
const texts = async (): Promise<{ cal: number[][]; ev: number[][] }> =>
  JSON.parse(await Deno.readTextFile(samples!));

/** Perplexities that an implementation in float64 printed with four digits, each matrix of a layer compressed. */
const EXPECTED: [CompressLanguageModelOptions, number][] = [
  [{ method: "magnitude", sparsity: 0.5 }, 32.15],
  [{ method: "wanda", sparsity: 0.3 }, 4.084],
  [{ method: "sparsegpt", sparsity: 0.5 }, 13.56],
  [{ method: "sparsegpt", nm: { n: 2, m: 4 }, blockSize: 64 }, 25.93],
  [{ method: "rtn", bits: 3 }, 8.871],
  [{ method: "gptq", bits: 3 }, 5.615],
  [{ method: "sparsegpt", sparsity: 0.5, bits: 4 }, 14.71],
];

Deno.test({
  name: tagged("compressLanguageModel: perplexities of a float64 reference", "slow"),
  ignore,
  async fn() {
    const { cal, ev } = await texts();
    const runtime = await openRuntime();
    try {
      await using model = await openStories({ runtime });
      for (const [options, expected] of EXPECTED) {
        const name = JSON.stringify(options);
        const free = options.method === "magnitude" || options.method === "rtn";
        await using compressed = (await compressLanguageModel(model, {
          ...options,
          ...!free && { calibration: cal },
          referenceCompatible: true,
          runtime,
        })).model;
        const { perplexity: found } = await perplexity(compressed, ev.slice(0, 128));
        assert.ok(Math.abs(found / expected - 1) < 1e-3, `${name}: ${found}, expected ${expected}`);
      }
      await assert.rejects(
        compressLanguageModel(model, { method: "wanda", sparsity: 0.5, calibration: "too short" }),
        /RangeError: Cannot measure on \d+ tokens/,
      );
    } finally {
      await runtime.close();
    }
  },
});
