/** The experiment on pictures in a folder, which are read when it is their turn: as `paper-resnet50`, much smaller. */
import assert from "node:assert/strict";
import { encodeSafetensors } from "../../../lib/formats/safetensors.ts";
import { imagenet } from "../../../lib/data/imagenet.ts";
import type { Tensor } from "../../../lib/deps.ts";
import { costEstimate } from "../../../lib/papers/meta_pruning/estimate.ts";
import { run } from "../../../lib/papers/meta_pruning/experiment.ts";
import { type MetaRow, VARIANTS } from "../../../lib/papers/meta_pruning/meta_row.ts";
import type { MetaConfig } from "../../../lib/papers/meta_pruning/networks.ts";
import { META_PRESETS, type MetaPreset } from "../../../lib/papers/meta_pruning/presets.ts";
import { pretrained } from "../../../lib/papers/meta_pruning/pretrained.ts";
import type { MetaSubject } from "../../../lib/papers/meta_pruning/subject.ts";
import { batchNorm2d, conv2d, globalPool, linear } from "../../../lib/nn/layers.ts";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { seededRandom } from "../../../lib/random.ts";
import { silent } from "../../../lib/progress.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { writePictures } from "../../data_sets/picture_folder.ts";

const { base, initial, finetune, finish, ...published } = META_PRESETS["paper-resnet50"];

const small = { epochs: 1, batchSize: 8, accumulate: 2 };

/** The published settings, but for how long everything lasts. */
const SMALL: MetaPreset = {
  ...published,
  dataModels: 1,
  examples: { train: 24, validation: 12, test: 12 },
  metanetwork: { ...published.metanetwork, layers: 1, hidden: 4 },
  meta: { ...published.meta, epochs: 2, every: 1, batchSize: 8, accumulate: 1 },
  base: { ...base, ...small },
  initial: { ...initial, training: { ...initial.training, ...small } },
  finetune: { ...finetune, ...small },
  finish: { ...finish, ...small },
  sparse: { epochs: 1, strength: 5e-4 },
  reductions: [1, 1.5],
  cuts: [{ sparsity: 0.5 }],
  finals: [1.5],
};

/** A stem of 7×7 and one bottleneck with a downsampling shortcut, on pictures of 16×16. */
function bottleneck(seed: number): Model {
  const random = seededRandom(seed, "weights");
  const g = new GraphBuilder("bottleneck");
  const convBn = (x: Value, name: string, from: number, out: number, kernel: number, stride = 1) =>
    batchNorm2d(
      g,
      conv2d(g, x, { name, random, in: from, out, kernel, stride, padding: (kernel - 1) / 2, bias: false }),
      { name: `${name}_bn`, features: out },
    );
  const x = g.input("input", "float32", ["N", 3, 16, 16]);
  const stem = g.relu(convBn(x, "stem", 3, 8, 7, 2));
  const inner = g.relu(convBn(g.relu(convBn(stem, "reduce", 8, 4, 1)), "middle", 4, 4, 3, 2));
  const sum = g.add(convBn(inner, "expand", 4, 16, 1), convBn(stem, "shortcut", 8, 16, 1, 2));
  g.output(linear(g, globalPool(g, g.relu(sum)), { name: "fc", random, in: 16, out: 6 }), "logits");
  return g.model();
}

async function subjectIn(folder: string): Promise<MetaSubject> {
  const { name, train, validation, test } = await imagenet({ folder, ...SMALL.examples, size: 16 });
  return {
    name: "one bottleneck",
    data: name,
    build: () => pretrained(bottleneck(0), folder, "resnet50"),
    others: [],
    train,
    validation,
    test,
    augment: (batch) => batch,
  };
}

Deno.test("pictures in a folder: the whole experiment, stopped in its middle, ends in the same rows", async () => {
  const before = Deno.env.get("XDG_CACHE_HOME");
  const folder = await Deno.makeTempDir();
  const runtime = await openRuntime({ engine: "native" });
  try {
    await writePictures(folder, { classes: ["a", "b", "c", "d", "e", "f"], train: 6, val: 2 });
    const tensors = Object.fromEntries(bottleneck(5).graph.initializers) as Record<string, Tensor>;
    await Deno.writeFile(`${folder}/resnet50-checkpoint.safetensors`, encodeSafetensors(tensors));
    const subject = await subjectIn(folder);
    const estimate = await costEstimate(SMALL, subject);
    assert.ok(estimate.rows.length > 5);

    /** Runs to the end, or until a note matches while a unit is at work. */
    const goOn = async (cache: string, stop?: { unit: string; note: RegExp }) => {
      Deno.env.set("XDG_CACHE_HOME", `${folder}/${cache}`);
      const controller = new AbortController();
      const notes: string[] = [];
      let unit = "";
      const step = (_: number, note = "") => {
        notes.push(note);
        if (!note.includes("/")) unit = note;
        if (unit === stop?.unit && stop.note.test(note)) controller.abort(new Error("stopped"));
      };
      const config: MetaConfig = {
        preset: SMALL,
        subject,
        seed: 0,
        runtime,
        signal: controller.signal,
        progress: { ...silent, step },
      };
      const rows: MetaRow[] = [];
      const running = (async () => {
        for await (const row of run(config)) rows.push(row);
      })();
      if (stop) await assert.rejects(running, { message: "stopped" });
      else await running;
      return { rows, notes };
    };
    const { rows: whole } = await goOn("whole");
    const stops = [
      { unit: "meta-training 7", note: /Training bottleneck 2\/3/ }, // a network to learn from
      { unit: "meta-training 7", note: /Training bottleneck 1\/2/ }, // the metanetwork
      { unit: `held-out 0: ${VARIANTS.tuned}`, note: /Training bottleneck 2\/3/ },
    ];
    for (const stop of stops) await goOn("stopped", stop);
    const { rows: resumed, notes } = await goOn("stopped");
    assert.ok(notes.some((note) => /Training bottleneck 2\/3, resumed/.test(note)), "the last one goes on");
    assert.deepEqual(resumed, whole);
    const held = whole.filter(({ part }) => part === "held-out");
    assert.deepEqual(new Set(held.map(({ variant }) => variant)), new Set(Object.values(VARIANTS)));
    for (const { stage, value, top5, reduction, asked } of whole) {
      assert.ok(reduction >= asked);
      if (stage === "loss") assert.ok(value > 0 && top5 === undefined);
      else assert.ok(value >= 0 && value <= top5! && top5! <= 1, `${value} of ${top5}`);
    }
    const [name] = [...Deno.readDirSync(`${folder}/stopped/espalier/metanet`)].map((entry) => entry.name);
    const left = [...Deno.readDirSync(`${folder}/stopped/espalier/metanet/${name}`)].map((entry) =>
      entry.name
    );
    assert.ok(!left.includes("trainings"), "what trainings saved on the way is gone");
  } finally {
    await runtime.close();
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
    await Deno.remove(folder, { recursive: true });
  }
});
