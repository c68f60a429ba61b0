import assert from "node:assert/strict";
import { ctrModel } from "../../lib/ctr/ctr_model.ts";
import { deepFm } from "../../lib/ctr/interactions/deep_fm.ts";
import { fm } from "../../lib/ctr/interactions/fm.ts";
import { syntheticLog } from "../../lib/ctr/synthetic_log.ts";
import { trainCtr } from "../../lib/ctr/train_ctr.ts";
import { trainRows } from "../../lib/ctr/train_rows.ts";
import { plainTable } from "../../lib/ctr/tables/table.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { sgd } from "../../lib/train/optimizers.ts";
import { assertClose } from "../close.ts";
import { inFolder } from "../in_folder.ts";
import { withEngine } from "../train/engines.ts";

const log = syntheticLog({ seed: 1, rows: [4000, 1000, 1000] });

withEngine(
  "tables outside of the graph are trained as those within it are, step by step",
  "native",
  async (runtime) => {
    const kinds = [[fm(), "adam"], [deepFm({ hidden: [6] }), "adam"], [fm(), "sgd"]] as const;
    for (const [interaction, kind] of kinds) {
      const built = { fields: log.train.fields, features: 4, seed: 3, firstOrder: "zeros" } as const;
      const settings = {
        batchSize: 500,
        rate: kind === "sgd" ? 0.5 : 5e-3,
        weightDecay: kind === "sgd" ? 0 : 1e-3,
        epochs: 3,
        patience: 3,
        seed: 3,
        runtime,
      };
      const within = await trainCtr(ctrModel(interaction, built), log, {
        ...settings,
        name: "within",
        ...kind === "sgd" && { optimizer: sgd({ momentum: 0, nesterov: false }) },
      });
      const outside = await trainRows(interaction, log, { ...built, ...settings, optimizer: kind });
      // 24 steps of Adam in float32, whose first ones divide small numbers by small numbers.
      const tolerance = { absolute: 2e-4, relative: 0 };
      assertClose(
        outside.history.map(({ score }) => score),
        within.history.map(({ score }) => score!),
        tolerance,
      );
      assertClose(outside.history.map(({ loss }) => loss), within.history.map(({ loss }) => loss), tolerance);
      const weights = new Map(
        weightsOf(within.model).map(({ name, tensor }) => [name, tensor.data as Float32Array]),
      );
      for (const { name, tensor } of weightsOf(outside.model)) {
        assertClose(tensor.data as Float32Array, weights.get(name)!, tolerance, name);
      }
    }
  },
);

withEngine(
  "training ends at the epoch at which it ends with the table in the graph",
  "native",
  async (runtime) => {
    const built = { fields: log.train.fields, features: 4, seed: 3, firstOrder: "zeros" } as const;
    for (const patience of [0, 1]) {
      const settings = { batchSize: 500, rate: 0.02, weightDecay: 0, epochs: 12, patience, seed: 3, runtime };
      const within = await trainCtr(ctrModel(fm(), built), log, { ...settings, name: "within" });
      const outside = await trainRows(fm(), log, { ...built, ...settings });
      assert.equal(within.ended, "patience");
      assert.equal(outside.history.length, within.history.length);
      assert.ok(outside.history.length > patience + 1, "the area should rise before it falls");
      assert.equal(outside.auc, Math.max(...outside.history.map(({ score }) => score)));
    }
  },
);

withEngine(
  "without replay a table is another one: that is why missed steps are taken",
  "native",
  async (runtime) => {
    const options = {
      ...{ fields: log.train.fields, features: 4, seed: 3, firstOrder: "zeros" as const },
      ...{ batchSize: 500, rate: 5e-3, weightDecay: 1e-3, epochs: 2, patience: 2, runtime },
    };
    const norms = async (replay: boolean) => {
      const { model } = await trainRows(fm(), log, { ...options, rows: { replay } });
      const table = weightsOf(model).find(({ name }) => name === "embedding.weight")!.tensor
        .data as Float32Array;
      const rare = table.filter((_, i) => log.truth[Math.floor(i / 4)] === "rare");
      return rare.reduce((sum, value) => sum + Math.abs(value), 0);
    };
    const [replayed, still] = [await norms(true), await norms(false)];
    assert.ok(replayed < 0.8 * still, `rare rows of ${replayed} in all, and ${still}`);
  },
);

withEngine("rows are trained as settings say, or not at all", "native", async (runtime) => {
  const options = {
    ...{ fields: log.train.fields, features: 4, seed: 3, firstOrder: "zeros" as const, runtime },
    ...{ batchSize: 1500, rate: 5e-3, weightDecay: 0, epochs: 2, patience: 2 },
  };
  const train = (more: object) => trainRows(fm(), log, { ...options, ...more });
  const told: number[] = [];
  const progress = {
    start: (title: string, total: number) => assert.deepEqual([title, total], ["Training FM", 6]),
    step: (done: number) => void told.push(done),
    close: () => void told.push(-1),
  };
  const { history } = await train({ progress });
  assert.deepEqual(told, [1, 2, 3, 4, 5, 6, -1]);
  // Rows count alike in the mean, also those of the smaller last batch.
  const { fields, features, seed, firstOrder, ...settings } = options;
  const built = ctrModel(fm(), { fields, features, seed, firstOrder });
  const within = await trainCtr(built, log, { ...settings, seed, name: "within" });
  assertClose(history.map(({ loss }) => loss), within.history.map(({ loss }) => loss), {
    absolute: 1e-4,
    relative: 0,
  });
  for (
    const bad of [{ patience: -1 }, { patience: NaN }, { rate: NaN }, { weightDecay: -1 }, { epochs: 0 }]
  ) {
    await assert.rejects(train(bad), {
      name: "RangeError",
      message: new RegExp(`Cannot train rows with ${Object.keys(bad)[0]} `),
    });
  }
  for (const optimizer of ["adam", "sgd"]) {
    await assert.rejects(train({ rate: 1e30, optimizer, epochs: 1, batchSize: 4000 }), {
      name: "RangeError",
      message: /the loss became \S+ at step 1 \(learning rate 1e\+30\); use a lower rate/,
    });
  }
  for (const bad of [{ fed: true }, { table: plainTable() }]) {
    await assert.rejects(train(bad), /Cannot call trainRows with option "(fed|table)"/);
  }
  const validation = { ...log.validation, fields: fields.toReversed() };
  await assert.rejects(
    trainRows(fm(), { ...log, validation }, options),
    /Cannot judge by the validation rows/,
  );
});

withEngine("a stop button ends it before the next step", "native", async (runtime) => {
  const stop = new AbortController();
  const button = Symbol.for("espalier.stop");
  Object.assign(globalThis, { [button]: () => stop.signal });
  try {
    let steps = 0;
    const training = trainRows(fm(), log, {
      ...{ fields: log.train.fields, features: 4, runtime },
      ...{ batchSize: 500, rate: 5e-3, weightDecay: 0, epochs: 2, patience: 2 },
      progress: {
        start: () => {},
        step(done) {
          steps = done;
          if (done === 3) stop.abort(new Error("stopped"));
        },
        close: () => {},
      },
    });
    await assert.rejects(training, /stopped/);
    assert.equal(steps, 3);
  } finally {
    Reflect.deleteProperty(globalThis, button);
  }
});

withEngine("tables may lie in a file that is mapped into memory", "native", async (runtime) => {
  if (Deno.build.os !== "linux") return;
  const libc = Deno.dlopen("libc.so.6", {
    open: { parameters: ["buffer", "i32"], result: "i32" },
    mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
    munmap: { parameters: ["pointer", "usize"], result: "i32" },
  });
  const mapped: [Deno.PointerValue, bigint][] = [];
  await inFolder(async (folder) => {
    const allocate = (bytes: number): ArrayBuffer => {
      const path = `${folder}/${mapped.length}`;
      bytes = 4096 * Math.ceil(bytes / 4096); // whole pages, as mappings mostly are
      Deno.writeFileSync(path, new Uint8Array(bytes));
      const [readAndWrite, shared] = [2 | 1, 1];
      const file = libc.symbols.open(new TextEncoder().encode(`${path}\0`), 2);
      const start = libc.symbols.mmap(null, BigInt(bytes), readAndWrite, shared, file, 0n);
      mapped.push([start, BigInt(bytes)]);
      return Deno.UnsafePointerView.getArrayBuffer(start!, bytes);
    };
    const options = {
      ...{ fields: log.train.fields, features: 4, seed: 3, firstOrder: "zeros" as const },
      ...{ batchSize: 500, rate: 5e-3, weightDecay: 1e-3, epochs: 1, patience: 1, runtime },
    };
    const inMemory = await trainRows(fm(), log, options);
    const inFile = await trainRows(fm(), log, { ...options, allocate });
    assert.deepEqual(inFile.model.toOnnx(), inMemory.model.toOnnx());
    const table = weightsOf(inFile.model).find(({ name }) => name === "embedding.weight")!.tensor.data;
    // The table is asked for first; its moments and steps, and those of first-order weights, come behind it.
    assert.equal(mapped.length, 8);
    assert.deepEqual(new Float32Array(Deno.readFileSync(`${folder}/0`).buffer, 0, table.length), table);
  });
  for (const [start, bytes] of mapped) libc.symbols.munmap(start, bytes);
  libc.close();
});
