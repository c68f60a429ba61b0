import assert from "node:assert/strict";
import {
  compressLanguageModel,
  type CompressLanguageModelOptions,
} from "../../lib/lm/compress_language_model.ts";
import { allocateTypes, spendBytes } from "../../lib/lm/allocate_types.ts";
import { divergence, perplexity } from "../../lib/lm/perplexity.ts";
import { sizesOf } from "../../lib/lm/write/write_language_model.ts";
import { writeCompressed } from "../../lib/lm/write/write_compressed.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { dataFile } from "../data.ts";
import { tagged } from "../tags.ts";
import { openStories, STORIES } from "./stories.ts";

const samples = dataFile("lm/stories260K_samples.json");
const ignore = !STORIES || !samples;
const texts = async (): Promise<{ cal: number[][]; ev: number[][] }> =>
  JSON.parse(await Deno.readTextFile(samples!));

/**
 * Perplexities that an implementation in float64 printed with four digits, each matrix of a layer compressed.
 */
const EXPECTED: [CompressLanguageModelOptions, number][] = [
  [{ method: "magnitude", sparsity: 0.5 }, 32.15],
  [{ method: "wanda", sparsity: 0.3 }, 4.084],
  [{ method: "sparsegpt", sparsity: 0.5 }, 13.56],
  [{ method: "sparsegpt", pattern: { n: 2, m: 4 }, blockSize: 64 }, 25.93],
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

Deno.test({
  name: tagged(
    "allocateTypes: a GGUF file within its bytes that is nearer to the model than one type",
    "slow",
  ),
  ignore,
  async fn() {
    const { cal, ev } = await texts();
    const folder = await Deno.makeTempDir();
    const runtime = await openRuntime();
    try {
      await using model = await openStories({ runtime });
      const types = ["Q4_0", "Q5_0", "Q8_0", "F16"] as const;
      const calibration = cal.slice(0, 8);
      const uniform = sizesOf(model.weights, { mix: "Q4_0" });
      const budget = Math.floor(1.15 * uniform.bytes);
      const found = await allocateTypes(model, {
        ...{ bytes: budget, types, probe: "Q4_0", calibration, held: ev.slice(128, 136), runtime },
      });
      assert.ok(found.bytes <= budget && found.bytes > 0.99 * budget, `${found.bytes} of ${budget}`);
      assert.equal(Object.keys(found.types).length, 35);
      // Rows of 172 weights are no whole blocks of 32.
      assert.equal(found.types["model.layers.0.mlp.down_proj.weight"], "F16");
      const path = `${folder}/small.gguf`;
      const { mix, importance } = found;
      const written = await writeCompressed(path, { model }, { mix, types: found.types, importance });
      assert.equal(written.bytes, found.bytes);
      const manifest = JSON.parse(await Deno.readTextFile(written.manifestPath));
      assert.equal(
        manifest.matrices.find(({ weight }: { weight: string }) =>
          weight.endsWith("0.self_attn.q_proj.weight")
        ).type,
        found.types["model.layers.0.self_attn.q_proj.weight"],
      );
      const misled = spendBytes(model, found.measured, { bytes: budget, mix, rule: "leastSensitive" });
      assert.ok(misled.bytes <= budget);
      const other = `${folder}/other.gguf`;
      await writeCompressed(other, { model }, { mix, types: misled.types, importance });
      const [near, far] = await Promise.all([path, other].map(async (file) => {
        await using small = await openStories({ runtime }, file);
        return (await divergence(small, model, ev.slice(0, 8))).divergence;
      }));
      assert.ok(near! < far!, `${near} beside ${far}`);
      const smallest = uniform.bytes / 2;
      await assert.rejects(
        allocateTypes(model, { bytes: smallest, types, calibration: cal.slice(0, 1), runtime }),
        /RangeError: Cannot write .* in \d+ bytes: with the smallest types it takes/,
      );
      await assert.rejects(
        allocateTypes(model, { bytes: budget, types, probe: "Q6_K", calibration, runtime }),
        /RangeError: Cannot allocate types with probe "Q6_K": expected one of types, Q4_0/,
      );
      await assert.rejects(
        allocateTypes(model, { calibration, runtime }),
        /RangeError: Cannot allocate types for .*: expected a budget above 0/,
      );
    } finally {
      await runtime.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
