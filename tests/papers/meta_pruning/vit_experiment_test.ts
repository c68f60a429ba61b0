/** The experiment on a vision transformer that begins with a checkpoint: as `paper-vit`, much smaller. */
import assert from "node:assert/strict";
import { run } from "../../../lib/experiment/mod.ts";
import { vit } from "../../../lib/nn/vit.ts";
import type { Architecture } from "../../../lib/papers/meta_pruning/architecture.ts";
import { experimentOf } from "../../../lib/papers/meta_pruning/experiment.ts";
import { VARIANTS } from "../../../lib/papers/meta_pruning/meta_row.ts";
import { type MetaPreset, PRESETS } from "../../../lib/papers/meta_pruning/presets.ts";
import type { Recipe } from "../../../lib/papers/meta_pruning/recipe.ts";
import { tagged } from "../../tags.ts";
import { withImages } from "./with_images.ts";

const published = PRESETS["paper-vit"];

/** Sixteen tokens and one for the class, in two blocks of two heads. */
const SIZES = { image: 16, patch: 4, layers: 2, heads: 2, hidden: 12, mlp: 24, classes: 6 };

const small = (recipe: Recipe): Recipe => ({ ...recipe, epochs: 2, batchSize: 6, accumulate: 2 });

/** The published settings, but for the network's size and how long everything lasts. */
const SMALL: MetaPreset = {
  ...published,
  architecture: { kind: "vit", pretrained: true, ...SIZES } satisfies Architecture,
  examples: { train: 24, validation: 12, test: 12 },
  metanetwork: { ...published.metanetwork, layers: 2, edges: [16, 3, 1] },
  meta: { ...published.meta, epochs: 2, every: 1, batchSize: 6, accumulate: 2 },
  finetune: small(published.finetune),
  finish: small(published.finish),
  sparse: { epochs: 1, strength: 5e-4 },
  shrink: { distances: [0.1, 0.4] },
  reductions: [1, 1.5],
  finals: [1.5],
  roundTo: 2,
};

/** A checkpoint as torchvision's published ones are: with the first names of the MLPs' layers. */
const CHECKPOINT = {
  file: "vit_b_4-checkpoint.safetensors",
  tensors: () =>
    Object.fromEntries(
      [...vit({ ...SIZES, seed: 5 }).graph.initializers].flatMap(([name, tensor]) =>
        tensor.type !== "float32" ? [] : [[
          name.replace(".mlp.0.", ".mlp.linear_1.").replace(".mlp.3.", ".mlp.linear_2."),
          tensor,
        ]]
      ),
    ),
};

Deno.test(
  tagged("a vision transformer from a checkpoint: the whole experiment, with its controls", "slow"),
  async () => {
    await withImages(CHECKPOINT, async (folder) => {
      const { units, dataModels, validation } = await experimentOf(SMALL, { seed: 0 });
      const { rows, failures } = await run({ units, store: `${folder}/store` });
      assert.deepEqual(failures.map(({ error }) => error), []);
      const held = rows.filter(({ part }) => part === "held-out");
      assert.deepEqual(new Set(held.map(({ variant }) => variant)), new Set(Object.values(VARIANTS)));
      const last = held.filter(({ stage }) => stage === "final").map(({ variant }) => variant);
      assert.ok([VARIANTS.meta, VARIANTS.sparse, VARIANTS.widths].every((variant) => last.includes(variant)));
      for (const { stage, value, top5, reduction, asked, operations } of rows) {
        assert.ok(reduction >= asked);
        if (stage === "loss") assert.ok(value > 0 && top5 === undefined);
        else assert.ok(value >= 0 && value <= top5! && top5! <= 1 && operations! > 0, `${value} of ${top5}`);
      }
      // Nothing is trained before the metanetwork, so all networks are the checkpoint, pruned a little.
      const { rows: networks } = await run({ units: [...dataModels, validation], store: `${folder}/store` });
      assert.equal(networks.length, 2);
      assert.deepEqual(networks[0], networks[1]);
    });
  },
);
