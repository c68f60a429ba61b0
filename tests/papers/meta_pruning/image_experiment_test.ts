/** The experiment on images in a folder, which are read when it is their turn: as `paper-resnet50`, much smaller. */
import assert from "node:assert/strict";
import { run } from "../../../lib/experiment/mod.ts";
import { type Architecture, build } from "../../../lib/papers/meta_pruning/architecture.ts";
import { experimentOf } from "../../../lib/papers/meta_pruning/experiment.ts";
import { prepared, type PreparedSpec } from "../../../lib/papers/meta_pruning/kinds/prepared.ts";
import { type MetaRow, VARIANTS } from "../../../lib/papers/meta_pruning/meta_row.ts";
import { type MetaPreset, PRESETS } from "../../../lib/papers/meta_pruning/presets.ts";
import { resnetImagenet } from "../../../lib/nn/resnet_imagenet.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { contextOf } from "./context.ts";
import { withImages } from "./with_images.ts";
import { tagged } from "../../tags.ts";

const { base, initial, finetune, finish, ...published } = PRESETS["paper-resnet50"];

const small = { epochs: 1, batchSize: 8, accumulate: 2 };

/** Bottlenecks with downsampling shortcuts, on images of 16×16. */
const BOTTLENECKS = {
  kind: "resnet-imagenet",
  depth: 26,
  classes: 6,
  pretrained: true,
  image: 16,
  width: 4,
} as const;

/** The published settings, but for the network's size and how long everything lasts. */
const SMALL: MetaPreset = {
  ...published,
  architecture: BOTTLENECKS satisfies Architecture,
  dataModels: 1,
  examples: { train: 24, validation: 12, test: 12 },
  metanetwork: { ...published.metanetwork, layers: 1, hidden: 4 },
  meta: { ...published.meta, epochs: 2, every: 1, batchSize: 8, accumulate: 1 },
  base: { ...base, ...small },
  initial: { ...initial!, training: { ...initial!.training, ...small } },
  finetune: { ...finetune, ...small },
  finish: { ...finish, ...small },
  sparse: { epochs: 1, strength: 5e-4 },
  shrink: { distances: [0.1, 0.4] },
  reductions: [1, 1.5],
  cuts: [{ sparsity: 0.5 }],
  finals: [1.5],
};

const { kind: _kind, pretrained: _pretrained, ...options } = BOTTLENECKS;

const CHECKPOINT = {
  file: "resnet26-checkpoint.safetensors",
  tensors: () => Object.fromEntries(resnetImagenet({ ...options, seed: 5 }).graph.initializers),
};

Deno.test(tagged("images in a folder: the experiment, with the five best answers", "slow"), async () => {
  await withImages(CHECKPOINT, async (folder) => {
    const { units: all } = await experimentOf(SMALL, { seed: 0 });
    // Controls are the same on images of any kind.
    const ways: string[] = [VARIANTS.none, VARIANTS.meta, VARIANTS.widths];
    const units = all.filter(({ spec }) => {
      const { about } = spec as { about?: { variant: string } };
      return !about || ways.includes(about.variant);
    });
    const { rows, failures } = await run({ units, store: `${folder}/store` });
    assert.deepEqual(failures.map(({ error }) => error), []);
    const held = rows.filter(({ part }) => part === "held-out");
    assert.deepEqual(new Set(held.map(({ variant }) => variant)), new Set(ways));
    for (const { stage, value, top5, reduction, asked } of rows) {
      assert.ok(reduction >= asked);
      if (stage === "loss") assert.ok(value > 0 && top5 === undefined);
      else assert.ok(value >= 0 && value <= top5! && top5! <= 1, `${value} of ${top5}`);
    }
  });
});

Deno.test(tagged("a long training is saved on the way, and goes on when done again", "slow"), async () => {
  await withImages(CHECKPOINT, async (folder) => {
    const runtime = await openRuntime({ engine: "native" });
    const scratch = `${folder}/scratch`;
    await Deno.mkdir(scratch);
    /** Does the unit until so many epochs are over, or to its end. */
    const goOn = (epochs: number, stopAfter?: number) => {
      const notes: string[] = [];
      const context = contextOf({
        runtime,
        needs: { network: build({ kind: "mlp", hidden: [4] }, 0) },
        scratch: () => Promise.resolve(scratch),
        progress: {
          start: () => {},
          step(done, note = "") {
            notes.push(`${done} ${note}`);
            if (done === stopAfter) throw new Error("stopped");
          },
          close: () => {},
        },
      });
      const examples = { train: 20, validation: 10, test: 10 };
      const spec: PreparedSpec = {
        about: {
          part: "held-out",
          variant: VARIANTS.tuned,
          net: 0,
          architecture: { kind: "mlp", hidden: [4] },
        },
        data: { set: "digits", source: "procedural", seed: 0, examples },
        preparation: { by: "nothing" },
        finetune: { ...PRESETS.quick.finetune, epochs, batchSize: 20 },
        seed: 0,
      };
      return { notes, work: prepared.work(spec, context) as Promise<{ rows: readonly MetaRow[] }> };
    };
    const saved = () => [...Deno.readDirSync(scratch)].map(({ name }) => name);
    // A step of a millisecond each: a minute and more, or half of it.
    await assert.rejects(goOn(30_000, 3).work, { message: "stopped" });
    assert.deepEqual(saved(), []);
    await assert.rejects(goOn(70_000, 3).work, { message: "stopped" });
    assert.deepEqual(saved(), ["fine-tuning.safetensors"]);
    const { notes, work } = goOn(70_000, 5);
    await assert.rejects(work, { message: "stopped" });
    assert.match(notes[0]!, /^3 resumed/);
    await runtime.close();
  });
});
