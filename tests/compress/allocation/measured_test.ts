import assert from "node:assert/strict";
import {
  compress,
  type GridFormatOptions,
  gridFormats,
  measureChoices,
  measureEffects,
  rehearse,
} from "../../../lib/compress/mod.ts";
import { openDistance } from "../../../lib/compress/allocation/measured.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { float32, type Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { counted } from "../counted_runtime.ts";
import { drawn, network } from "../measured_network.ts";

/** Mean of Σ p (log p − log q) over rows, in float64. */
function divergence(p: Float32Array, q: Float32Array, width: number): number {
  let sum = 0;
  const logs = (row: number[]) => {
    const total = Math.log(row.reduce((all, value) => all + Math.exp(value), 0));
    return row.map((value) => value - total);
  };
  for (let at = 0; at < p.length; at += width) {
    const [own, other] = [p, q].map((all) => logs([...all.subarray(at, at + width)])) as [number[], number[]];
    sum += own.reduce((total, log, i) => total + Math.exp(log) * (log - other[i]!), 0);
  }
  return sum / (p.length / width);
}

Deno.test("openDistance: answers that are not kept are computed again, to the same divergence", async () => {
  const model = network();
  const records = [2, 3, 4].map((rows) => ({ x: drawn([rows, 6]) }));
  const replaced = { "1.weight": drawn([8, 5]) };
  const { runtime, count } = await counted();
  try {
    const { graph } = model;
    const changed = model.withGraph({
      ...graph,
      initializers: new Map<string, Tensor>([
        ...graph.initializers as Map<string, Tensor>,
        ["1.weight", replaced["1.weight"]],
      ]),
    });
    let [sum, rows] = [0, 0];
    for (const record of records) {
      const [p, q] = await Promise.all([model, changed].map(async (each) => {
        const session = await runtime.session(each);
        const { logits } = await session.run(record);
        await session.release();
        return logits!.data as Float32Array;
      })) as [Float32Array, Float32Array];
      sum += divergence(p, q, 5) * record.x.dims[0]!;
      rows += record.x.dims[0]!;
    }
    // Three records are compared three times; before that all are answered once, or each time, or one once.
    for (const [most, runs] of [[undefined, 9 + 3], [0, 9 + 9], [80, 9 + 1 + 2 * 3]] as const) {
      count.runs = 0;
      const names = ["0.weight", "1.weight"];
      const { distance, answerBytes, close } = await openDistance(model, names, records, {
        runtime,
        signal: undefined,
        most,
      });
      try {
        for (let time = 0; time < 2; time++) {
          assertClose([await distance(replaced)], [sum / rows], REORDERED_FLOAT32, `${most}`);
        }
        assert.equal(await distance({}), 0);
        assert.equal(answerBytes(), 4 * 5 * 4);
      } finally {
        await close();
      }
      assert.equal(count.runs, runs, `${most}`);
    }
  } finally {
    await runtime.close();
  }
});

Deno.test("measureChoices: a held record that lacks an input is told, and no session stays open", async () => {
  const { runtime, count } = await counted();
  try {
    const calibration = [{ x: drawn([7, 6]) }];
    const held = [...calibration, { z: drawn([7, 6]) }];
    await assert.rejects(
      measureChoices(network(), { formats: gridFormats([3, 4]), calibration, held, runtime }),
      /TypeError: .*record 1 \(from 0\) of what answers are compared on has no "x"/,
    );
    assert.equal(count.open, 0);
  } finally {
    await runtime.close();
  }
});

Deno.test("measureChoices: a log's sensitivities are those of the same rounding, and of whole lines", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const calibration = [{ x: drawn([20, 6]) }];
    const log = `${folder}/sensitivities.jsonl`;
    const model = network();
    const measure = async (options: GridFormatOptions, log?: string) =>
      Object.values(await measureChoices(model, { formats: gridFormats([2, 3], options), calibration, log }))
        .map(({ sensitivity }) => sensitivity);
    const lines = async () => (await Deno.readTextFile(log)).trim().split(/\n+/);
    const whole = await measure({}, log);
    assert.deepEqual(await measure({}, log), whole);
    assert.deepEqual(await measure({ scaleBits: 16 }, log), whole, "what scales take changes no weight");
    assert.equal((await lines()).length, 2);
    for (const options of [{ groupSize: 2 }, { symmetric: true }]) {
      const own = await measure(options, log);
      assert.deepEqual(own, await measure(options));
      assert.notDeepEqual(own, whole);
    }
    assert.equal((await lines()).length, 6);
    // A sensitivity that is none is measured again.
    const [first] = await lines();
    const { espalier_crc32: _, ...row } = JSON.parse(first!);
    for (const sensitivity of [null, "1", undefined]) {
      await Deno.writeTextFile(log, JSON.stringify({ ...row, sensitivity }));
      assert.deepEqual(await measure({}, log), whole, `${sensitivity}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("compress: symmetric levels are allocated by what symmetric levels lose", async () => {
  const model = network();
  const calibration = [{ x: drawn([20, 6]) }];
  const common = { method: "rtn", bits: 3, groupSize: 3, calibration, allocation: "calibrated" } as const;
  for (const symmetric of [false, true]) {
    const { layers } = await compress(model, { ...common, symmetric });
    const formats = gridFormats([2, 3, 4, 5, 6, 8], { groupSize: 3, symmetric });
    const measured = await measureChoices(model, { formats, probe: "3", calibration });
    const expected = Object.values(measured).map(({ sensitivity }) => sensitivity);
    assert.deepEqual(layers.map(({ sensitivity }) => sensitivity), expected);
  }
});

Deno.test("measureChoices: answers that are not finite are told, and kept in no log", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const model = network();
    const calibration = [{ x: drawn([3, 6]) }];
    const held = [{ x: float32(new Array(6).fill(NaN), [1, 6]) }];
    const log = `${folder}/sensitivities.jsonl`;
    await assert.rejects(
      measureChoices(model, { formats: gridFormats([3]), calibration, held, log }),
      /RangeError: Cannot measure what formats cost: with 0.weight alone in format 3 .* are NaN from/,
    );
    assert.equal(await Deno.readTextFile(log), "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("measureChoices: one number for each record is no distribution, and is refused", async () => {
  const formats = gridFormats([2, 4]);
  const input = [{ input: drawn([7, 8]) }];
  await assert.rejects(
    measureChoices(mlp({ sizes: [8, 16, 1] }), { formats, calibration: input }),
    /RangeError: Cannot compare answers by "logits" of shape \[7, 1\]: expected rows of logits/,
  );
  const flat = new GraphBuilder("flat");
  const weight = flat.parameter("0.weight", drawn([6, 1]));
  const [sum] = flat.node("Squeeze", [flat.matMul(flat.input("x", "float32", ["n", 6]), weight)]);
  flat.output(sum!, "y");
  await assert.rejects(
    measureChoices(flat.model(), { formats, calibration: [{ x: drawn([7, 6]) }] }),
    /RangeError: Cannot compare answers by "y" of shape \[7\]: expected rows of logits/,
  );
});

Deno.test("measureChoices: weights that lie on the probe's levels are tried out in fewer bits", async () => {
  const calibration = [{ x: drawn([20, 6]) }];
  const only = (name: string) => name === "0.weight";
  const { model } = await compress(network(), { method: "rtn", bits: 4, layers: only });
  const measured = await measureChoices(model, { formats: gridFormats([2, 3, 4]), probe: "4", calibration });
  const { sensitivity, choices } = measured["0.weight"]!;
  const rounded = await compress(model, { method: "rtn", bits: 3, layers: only });
  const { layers } = await measureEffects(model, rounded, { held: calibration });
  assert.ok(sensitivity > 0);
  assertClose([sensitivity], [layers[0]!.divergence!], REORDERED_FLOAT32, "of three bits");
  const losses = Object.fromEntries(choices.map(({ format, loss }) => [format, loss]));
  assert.equal(losses["4"], 0);
  assert.equal(losses["3"], sensitivity);
  assert.ok(losses["2"]! > sensitivity);
});

Deno.test("compress: what an allocation cannot do is refused before anything is measured for it", async () => {
  const { runtime, count } = await counted();
  try {
    const calibration = [{ x: drawn([7, 6]) }];
    for (
      const [options, why] of [
        [{ method: "wanda", bits: 4 }, /"wanda": it does not round weights/],
        [{ method: "rtn", bits: 4, groupSize: 0 }, /groupSize 0/],
        [{ method: "gptq", bits: 4, damping: -1 }, /damping -1/],
        [{ method: "rtn", bits: 17 }, /bits 17/],
        [{ method: "rtn", bits: 4, layers: () => false }, /none of the model's 2 linear layers/],
      ] as const
    ) {
      const allocated = { allocation: "calibrated", calibration, runtime, ...options } as const;
      await assert.rejects(compress(network(), allocated), why);
      await assert.rejects(rehearse(network(), allocated), why);
    }
    assert.equal(count.runs, 0);
  } finally {
    await runtime.close();
  }
});

Deno.test("measureChoices: what cannot be is refused before the model runs", async () => {
  const { runtime, count } = await counted();
  const calibration = [{ x: drawn([7, 6]) }];
  const formats = gridFormats([3, 4]);
  const refused: [options: object, why: RegExp][] = [
    [{ held: [] }, /found 2 formats, 2 layers, 1 records and 0/],
    [{ probe: "5" }, /found 2 formats without "5"/],
    [{ log: "/nowhere/to/be/kept.jsonl" }, /cannot be added to/],
  ];
  for (const [options, why] of refused) {
    await assert.rejects(measureChoices(network(), { formats, calibration, runtime, ...options }), why);
  }
  assert.equal(count.sessions, 0);
  const held = { method: "rtn", bits: 3, calibration, held: [], allocation: "calibrated", runtime } as const;
  await assert.rejects(compress(network(), held), /found none in held/);
  await assert.rejects(rehearse(network(), held), /found none in held/);
  assert.equal(count.sessions, 0);
  await runtime.close();
});
