import assert from "node:assert/strict";
import { encodeSafetensors } from "../../../lib/formats/safetensors.ts";
import { bert } from "../../../lib/nn/bert.ts";
import { dataOf, type RealSpec, tune, type TunedSpec, wayOn } from "../../../lib/papers/axformer/real.ts";
import { BUDGETED, type Way, WAYS } from "../../../lib/papers/axformer/ways.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { defaultRuntime } from "../../../lib/runtime/run_model.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { inFolder } from "../../in_folder.ts";
import { tagged } from "../../tags.ts";
import { fixture, tokenizerOf } from "../../text/fixture_tokenizer.ts";

const SIZES = { positions: 32, layers: 4, hidden: 24, heads: 2, neurons: 48 };
const spec: TunedSpec = {
  encoder: "small-encoder",
  task: "sst2",
  train: 12,
  validation: 6,
  epochs: 1,
  rate: 1e-3,
  pooling: "mean",
  seed: 0,
};

/** Runs with a folder of data that has a small encoder and a task. */
async function withData(work: (folder: string) => Promise<void>): Promise<void> {
  const before = Deno.env.get("ESPALIER_DATA");
  await inFolder(async (folder) => {
    const encoder = `${folder}/small-encoder`;
    await Deno.mkdir(encoder);
    await Deno.mkdir(`${folder}/sst2`);
    const { vocabulary } = await tokenizerOf("WordPiece, uncased");
    const { graph } = bert({ ...SIZES, vocabulary, head: "none", seed: 1 });
    const tensors = Object.fromEntries([...graph.initializers].filter(([name]) => !name.startsWith("const")));
    await Deno.writeFile(
      `${encoder}/model.safetensors`,
      encodeSafetensors(tensors as Record<string, Tensor>),
    );
    await Deno.writeTextFile(
      `${encoder}/config.json`,
      JSON.stringify({
        model_type: "bert",
        vocab_size: vocabulary,
        max_position_embeddings: SIZES.positions,
        num_hidden_layers: SIZES.layers,
        hidden_size: SIZES.hidden,
        num_attention_heads: SIZES.heads,
        intermediate_size: SIZES.neurons,
        type_vocab_size: 2,
        hidden_act: "gelu",
        layer_norm_eps: 1e-12,
      }),
    );
    const { file } = fixture.tokenizers["WordPiece, uncased"]!;
    await Deno.writeTextFile(`${encoder}/tokenizer.json`, JSON.stringify(file));
    const lines = Array.from(
      { length: 30 },
      (_, i) => `the movie was ${i % 2 ? "good" : "not good"}\t${i % 2}`,
    );
    for (const split of ["train", "dev"]) {
      await Deno.writeTextFile(
        `${folder}/sst2/${split}.tsv`,
        ["sentence\tlabel", ...lines].join("\n") + "\n",
      );
    }
    try {
      Deno.env.set("ESPALIER_DATA", folder);
      await work(folder);
    } finally {
      if (before === undefined) Deno.env.delete("ESPALIER_DATA");
      else Deno.env.set("ESPALIER_DATA", before);
    }
  });
}

Deno.test(
  tagged(
    "each way leaves what it promises of a fine-tuned encoder, and is judged on the development set",
    "slow",
  ),
  async () => {
    await withData(async (folder) => {
      const runtime = await openRuntime({ engine: "native", threads: 1 });
      try {
        const tuned = await tune(spec, { runtime, checkpoints: folder });
        const keep = 0.8;
        const rows = [];
        for (const way of Object.keys(WAYS) as Way[]) {
          rows.push(
            await wayOn(tuned, { ...spec, way, keep }, {
              runtime,
              checkpoints: await Deno.makeTempDir({ dir: folder }),
            }),
          );
        }
        for (const { way, parameters, score, majority, milliseconds, configuration, metric } of rows) {
          assert.deepEqual([metric, majority], ["accuracy", 0.5]);
          assert.ok(score >= 0 && score <= 1 && milliseconds.every((time) => time > 0));
          if (way === "plain") assert.deepEqual([parameters, configuration], [1, undefined]);
          else assert.ok(parameters <= 1);
          // Heads alone may not be enough: then all that may go is gone.
          if (BUDGETED.includes(way) && way !== "heads") {
            assert.ok(parameters <= keep, `${way}: ${parameters}`);
          }
          if (way === "layers") {
            assert.ok(configuration!.removed.every((id) => /^(attention|feed-forward)\.\d$/.test(id)));
          }
        }
      } finally {
        await runtime.close();
      }
    });
  },
);

Deno.test("a run's data are those of its task and its encoder; an encoder that is nowhere is told", async () => {
  assert.deepEqual(dataOf(spec), ["sst2", "small-encoder"]);
  assert.deepEqual(dataOf({ ...spec, task: "rte" }), ["glue", "small-encoder"]);
  await withData(async (folder) => {
    await assert.rejects(
      tune({ ...spec, encoder: "nowhere" }, { runtime: undefined as never, checkpoints: folder }),
      {
        message:
          /^Cannot find the encoder nowhere: looked in .*\/nowhere.*; `deno task data all-minilm-l6-v2` fetches/,
      },
    );
  });
});

/** A network of the folder's encoder's sizes, as if fine-tuned, and where its runs are kept. */
async function untrained(folder: string, own: Partial<RealSpec>) {
  const { vocabulary } = await tokenizerOf("WordPiece, uncased");
  const checkpoints = await Deno.makeTempDir({ dir: folder });
  const model = bert({ ...SIZES, layers: 1, vocabulary, dropout: 0, pooling: "mean", seed: 2 });
  const row = await wayOn(model, { ...spec, way: "plain", keep: 0.8, ...own }, {
    runtime: await defaultRuntime(),
    checkpoints,
  });
  return { row, checkpoints };
}

Deno.test("a row says how many texts there were; where none is left to learn from, that is refused", async () => {
  await withData(async (folder) => {
    const { row } = await untrained(folder, { train: 100 });
    assert.deepEqual([row.train, row.validation], [24, 6]);
    await assert.rejects(
      tune({ ...spec, validation: 30 }, { runtime: await defaultRuntime(), checkpoints: folder }),
      /^RangeError: Cannot fine-tune on sst2 with 30 of its training texts to decide on: there are 30, so that none/,
    );
  });
});

Deno.test("the released rule's mean is over batches as large as are asked for", async () => {
  await withData(async (folder) => {
    const references = [];
    for (const searchBatch of [undefined, 6, 1, 4]) {
      const { checkpoints } = await untrained(folder, { way: "released", searchBatch });
      const { reference } = JSON.parse(await Deno.readTextFile(`${checkpoints}/search.json`));
      references.push(reference);
    }
    const [usual, whole, single, uneven] = references;
    assert.equal(usual, whole);
    assertClose([single], [whole], REORDERED_FLOAT32);
    assert.ok(Math.abs(uneven - whole) > 1e-3 * whole, `${uneven} and ${whole}`);
  });
});
