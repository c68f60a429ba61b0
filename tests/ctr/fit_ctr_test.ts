import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fitCtr } from "../../lib/ctr/fit_ctr.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { deepFm } from "../../lib/ctr/interactions/deep_fm.ts";
import { criteo } from "../../lib/ctr/logs/log_format.ts";
import { prepareLog } from "../../lib/ctr/logs/prepare_log.ts";
import { readLog, streamTraining } from "../../lib/ctr/logs/read_log.ts";
import { frequency } from "../../lib/ctr/methods/frequency.ts";
import { optEmbed } from "../../lib/ctr/methods/opt_embed.ts";
import { fm } from "../../lib/ctr/interactions/fm.ts";
import { syntheticLog } from "../../lib/ctr/synthetic_log.ts";
import { dataFile } from "../data.ts";
import { inFolder } from "../in_folder.ts";
import { withEngine } from "../train/engines.ts";

const sample = dataFile("ctr/criteo/criteo_8k_train.tsv.gz");

withEngine("the delivered Criteo rows are read, streamed, and served small", "native", async (runtime) => {
  if (sample === undefined) return;
  await inFolder(async (folder) => {
    const log = await prepareLog([sample, sample.replace("train", "dev")], criteo(), {
      folder,
      vocabulary: "all",
    });
    assert.equal(log.rows.train + log.rows.validation + log.rows.test, 7200 + 409);
    const read = await readLog(log);
    // What the Python of docs/click_logs.md asks for.
    const hash = createHash("sha256");
    for (const f of log.fields.keys()) {
      hash.update(await Deno.readFile(`${folder}/vocabularies/${f}.parquet`));
    }
    const manifest = JSON.parse(await Deno.readTextFile(`${folder}/log.json`));
    assert.equal(manifest.log.vocabularies, hash.digest("hex"));
    const { compact, test } = await fitCtr(deepFm({ hidden: [16] }), {
      ...read,
      train: await streamTraining(log),
    }, {
      features: 4,
      firstOrder: "zeros",
      batchSize: 512,
      epochs: 1,
      runtime,
      table: optEmbed({ generations: 1 }),
    });
    assert.ok(test.auc > 0.4 && compact.bytes.tables > 0, `${JSON.stringify(test)}`);
    const { metadata } = decodeModel(compact.model.toOnnx()).info;
    assert.deepEqual(JSON.parse(metadata.fields!), log.fields);
    assert.equal(metadata.vocabularies, manifest.log.vocabularies);
  });
});

withEngine("what is left is trained from the first weights, or from new ones", "native", async (runtime) => {
  const log = syntheticLog({ seed: 1, rows: [2000, 500, 500] });
  const fit = async (options: { retrainSeed?: number }) => {
    const { masked, choice } = await fitCtr(fm(), log, {
      ...{ features: 4, batchSize: 500, epochs: 1, seed: 3, runtime, table: frequency({ rows: 200 }) },
      ...options,
    });
    return { model: masked.toOnnx(), mask: choice.mask };
  };
  const [rewound, same, fresh] = [
    await fit({}),
    await fit({ retrainSeed: 3 }),
    await fit({ retrainSeed: 4 }),
  ];
  assert.deepEqual(same, rewound);
  assert.deepEqual(fresh.mask, rewound.mask);
  assert.notDeepEqual(fresh.model, rewound.model);
});

const small = syntheticLog({ seed: 1, rows: [400, 200, 200] });

Deno.test("rows that judge by other fields or ids, and settings without sense, are refused at the door", async () => {
  const table = { name: "none", choose: () => Promise.reject(new Error("chosen")) };
  const { fields, ids } = small.validation;
  for (const part of ["validation", "test"] as const) {
    const beyond = { ...small[part], ids: ids.with(3, fields[3]!.size) };
    await assert.rejects(fitCtr(fm(), { ...small, [part]: beyond }, { table }), {
      name: "RangeError",
      message: new RegExp(
        `Cannot read the ${part} rows of a click log: row 0 has id ${fields[3]!.size} in field`,
      ),
    });
    const other = { ...small[part], fields: fields.toReversed() };
    await assert.rejects(fitCtr(fm(), { ...small, [part]: other }, { table }), {
      name: "TypeError",
      message: new RegExp(`Cannot judge by the ${part} rows: their fields are`),
    });
  }
  const settings = [{ epochs: 0 }, { batchSize: 0.5 }, { rate: 0 }, { weightDecay: -1 }, { patience: NaN }];
  for (const bad of settings) {
    await assert.rejects(fitCtr(fm(), small, { table, ...bad }), {
      name: "RangeError",
      message: new RegExp(`Cannot fit a click model with ${Object.keys(bad)[0]} .*: expected`),
    });
  }
});

withEngine("other validation rows are another run, of training and of search", "native", async (runtime) => {
  const fit = (log: typeof small, folder: string, generations: number) =>
    fitCtr(fm(), log, {
      ...{ features: 4, batchSize: 200, epochs: 1, seed: 3, runtime, folder },
      table: optEmbed({ generations }),
    });
  const other = {
    ...small,
    validation: { ...small.validation, labels: small.validation.labels.toReversed() },
  };
  await inFolder(async (folder) => {
    await fit(small, folder, 1);
    await fit(small, folder, 1);
    await assert.rejects(fit(other, folder, 1), {
      name: "TypeError",
      message: /Cannot resume from .*: it is of a run with other data to judge by; use/,
    });
    // The supernet of one epoch is the same; what the search saw is not.
    for (const file of ["supernet-all-field", "retrained"]) {
      await Deno.remove(`${folder}/${file}.safetensors`);
    }
    const again = await fit(other, folder, 2);
    const fresh = await inFolder((folder) => fit(other, folder, 2));
    assert.deepEqual(again.choice.notes!.search, fresh.choice.notes!.search);
  });
});
