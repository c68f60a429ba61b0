import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { float32, int32, int64, type Tensor, uint8 } from "../../lib/tensor/tensor.ts";
import { taylorImportance } from "../../lib/prune/measured/taylor_importance.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { fit } from "../../lib/train/fit.ts";
import { type Labels, toLabels } from "../../lib/train/labels.ts";
import { binaryCrossEntropy, meanSquaredError } from "../../lib/train/losses.ts";

const INPUTS = float32([0, 1, 1, 0, 1, 1, 0, 0], [4, 2]);
const CLASSES = [1, 0, 2, 1];
const HOT = CLASSES.map((label) => [0, 1, 2].map((place) => Number(place === label)));

/** The same labels as people have them. */
const WAYS: Record<string, Labels | Tensor> = {
  "numbers": CLASSES,
  "Int32Array": Int32Array.from(CLASSES),
  "Uint8Array": Uint8Array.from(CLASSES),
  "BigInt64Array": BigInt64Array.from(CLASSES, BigInt),
  "int32": int32(CLASSES),
  "uint8": uint8(CLASSES),
  "whole floats": float32(CLASSES),
  "one-hot rows": HOT,
  "one-hot arrays": HOT.map((row) => Float32Array.from(row)),
  "one-hot float32": float32(HOT.flat(), [4, 3]),
  "one-hot uint8": uint8(HOT.flat(), [4, 3]),
};

Deno.test("labels in any natural form are int64 [N], and int64 [N] is left as it is", () => {
  for (const [way, given] of Object.entries(WAYS)) {
    const { type, dims, data } = toLabels(given);
    deepEqual(
      { type, dims, data },
      { type: "int64", dims: [4], data: BigInt64Array.of(1n, 0n, 2n, 1n) },
      way,
    );
  }
  const ready = int64(CLASSES);
  equal(toLabels(ready), ready);
});

Deno.test("a label for each place of an example stays where it is", () => {
  const places = [0, 2, 1, 0, 1, 1, 2, 0];
  for (const given of [uint8(places, [2, 2, 2]), float32(places, [2, 2, 2]), int64(places, [2, 2, 2])]) {
    const { type, dims, data } = toLabels(given);
    deepEqual({ type, dims, data }, {
      type: "int64",
      dims: [2, 2, 2],
      data: BigInt64Array.from(places, BigInt),
    });
  }
  throws(
    () => toLabels(float32([0, 1, 1, 0, 1, 0.5], [2, 3, 1])),
    /^TypeError: Cannot use 0\.5 as the label of example 1: expected the whole/,
  );
});

Deno.test("a model is trained, judged and weighed on labels in any form as on int64", async () => {
  const model = mlp({ sizes: [2, 4, 3] });
  const expected = await fit(model, { inputs: INPUTS, targets: int64(CLASSES) }, { epochs: 2, batchSize: 3 });
  const judged = await evaluate(model, { inputs: INPUTS, targets: int64(CLASSES) });
  for (const [way, targets] of Object.entries(WAYS)) {
    const data = { inputs: INPUTS, targets };
    const found = await fit(model, data, { epochs: 2, batchSize: 3 });
    deepEqual(found.model.toOnnx(), expected.model.toOnnx(), way);
    deepEqual(await evaluate(model, data), judged, way);
  }
  await taylorImportance(model, { inputs: INPUTS, targets: CLASSES });
});

Deno.test("what is no label is named, with its example", () => {
  throws(
    () => toLabels([0, 0.5]),
    /^TypeError: Cannot use 0\.5 as the label of example 1: expected the whole/,
  );
  throws(() => toLabels(["a"] as never), /Cannot use "a" as the label of example 0/);
  throws(
    () => toLabels([[1, 0], [0.5, 0.5]]),
    /Cannot use \[0\.5, 0\.5\] as the label of example 1: .*one-hot/,
  );
  throws(() => toLabels([[0, 0]]), /example 0: expected a one-hot row/);
  throws(() => toLabels(float32([1, 1], [2, 1])), /Cannot read labels of a tensor float32\[2, 1\]/);
});

Deno.test("targets of other losses stay what they are: a row of a one is no class there", async () => {
  const model = mlp({ sizes: [2, 4, 3] });
  for (const loss of [meanSquaredError(), binaryCrossEntropy()]) {
    const { examples } = await evaluate(model, { inputs: INPUTS, targets: float32(HOT.flat(), [4, 3]) }, {
      loss,
    });
    equal(examples, 4);
    await rejects(
      evaluate(model, { inputs: INPUTS, targets: HOT }, { loss }),
      /"expected" is of the type Array and no tensor; expected a Tensor/,
    );
    await rejects(
      evaluate(model, { inputs: INPUTS, targets: new Set([0, 1]) as never }, { loss }),
      /"expected" is of the type Set and no tensor; expected a Tensor/,
    );
  }
});
