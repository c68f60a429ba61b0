import assert from "node:assert/strict";
import { seededRandom } from "../../lib/random.ts";
import { assl } from "../../lib/sparse/methods/assl.ts";
import { iht } from "../../lib/sparse/methods/iht.ts";
import { issP } from "../../lib/sparse/methods/iss_p.ts";
import { issR } from "../../lib/sparse/methods/iss_r.ts";
import { keptCount, maskOfNonZeros, stays } from "../../lib/sparse/mask_bits.ts";
import { type SparseLayer, type SparseMethod, sparseMethod } from "../../lib/sparse/method.ts";
import { oneShotL1 } from "../../lib/sparse/methods/one_shot_l1.ts";
import { randomMask } from "../../lib/sparse/methods/random_mask.ts";
import { srp } from "../../lib/sparse/methods/srp.ts";
import { fit } from "../../lib/train/fit.ts";
import { sgd } from "../../lib/train/optimizers.ts";
import { constantRate } from "../../lib/train/schedules.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { meanSquaredError } from "../../lib/train/losses.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { withEngine } from "../train/engines.ts";
import { METHODS, run } from "../train/resume_worker.ts";
import { sparseLayer } from "./layers.ts";
import { lowSet } from "./reference.ts";

const at = (step: number, pruningSteps = 100) => ({
  step,
  pruningSteps,
  rate: 1e-2,
  highestRate: 1e-2,
  seed: 7,
});

function layers(seed = 1): SparseLayer[] {
  return [["a", 40], ["b", 60], ["c", 60]].map(([name, size]) => {
    const random = seededRandom(seed, name!);
    return sparseLayer(
      name as string,
      [size as number],
      Float32Array.from({ length: size as number }, () => random.normal()),
    );
  });
}

/** Runs a method's hooks while the weights are shuffled about, and gives the masks. */
async function through(method: SparseMethod, own: SparseLayer[], pruningSteps = 100) {
  const plan = method.before?.(own, at(0, pruningSteps));
  const random = seededRandom(9);
  for (let step = 1; step <= pruningSteps; step++) {
    await method.beforeStep?.(own, at(step, pruningSteps), plan);
    for (const { weights } of own) weights.forEach((_, i) => weights[i]! += random.normal(0, 0.1));
    await method.afterStep?.(own, at(step, pruningSteps), plan);
  }
  return await method.freeze(own, at(pruningSteps, pruningSteps), plan);
}

const gone = ({ weights }: SparseLayer, mask: Parameters<typeof stays>[0]) =>
  [...weights.keys()].filter((i) => !stays(mask, i));

Deno.test("what each method decides on, and when", async () => {
  const start = layers();
  const options = { sparsity: 0.75 };
  const atEnd = async (of: SparseMethod) => {
    const own = layers();
    const masks = await through(of, own);
    for (const layer of own) assert.deepEqual(gone(layer, masks[layer.name]!), lowSet(layer.weights, 0.75));
  };
  await atEnd(issP(options));
  await atEnd(iht(options));
  await atEnd(oneShotL1(options));

  // ISS-R goes by its last growth, before step 100 or, every 30 steps, before step 90.
  for (const [every, last] of [[20, 99], [30, 89]] as const) {
    const [before, whole] = [layers(), layers()];
    await through(oneShotL1(options), before, last);
    const found = await through(issR({ ...options, every }), whole);
    for (const [i, layer] of whole.entries()) {
      assert.deepEqual(gone(layer, found[layer.name]!), lowSet(before[i]!.weights, 0.75));
    }
  }
  await atEnd(issR({ ...options, every: 101 }));

  const own = layers();
  const masks = await through(srp(options), own);
  for (const [i, layer] of own.entries()) {
    assert.deepEqual(gone(layer, masks[layer.name]!), lowSet(start[i]!.weights, 0.75), "srp decides first");
  }

  // ASSL decides after 11 of 100 steps.
  const [decided, whole] = [layers(), layers()];
  await through(oneShotL1(options), decided, 11);
  const found = await through(assl(options), whole);
  for (const [i, layer] of whole.entries()) {
    assert.deepEqual(gone(layer, found[layer.name]!), lowSet(decided[i]!.weights, 0.75));
  }

  const [first, second] = [
    await through(randomMask(options), layers(1), 0),
    await through(randomMask(options), layers(2), 0),
  ];
  assert.deepEqual(first, second, "lots do not depend on weights");
  for (const { name, weights } of start) assert.equal(keptCount(first[name]!), weights.length / 4);
  assert.notDeepEqual(first.b, first.c);
});

Deno.test("hard thresholding leaves zeros after each step, a pattern too", async () => {
  const own = layers();
  const method = iht({ pattern: { n: 1, m: 4 } });
  await method.afterStep!(own, at(1), method.before!(own, at(0)));
  const masks = await method.freeze(own, at(1), [0, 0, 0]);
  for (const { name, dims, weights } of own) {
    assert.deepEqual(maskOfNonZeros(dims, weights), masks[name]);
    for (let i = 0; i < weights.length; i += 4) {
      assert.equal(weights.subarray(i, i + 4).filter((w) => w !== 0).length, 1);
    }
  }
});

Deno.test("decay grows every so often, to its limit, on what is low, and never falls", () => {
  const own = layers();
  const method = issR({ sparsity: 0.75, every: 10, increment: 0.2, limit: 0.5 });
  const grown = own.map(({ weights }) => new Float64Array(weights.length));
  const random = seededRandom(3);
  for (let step = 1; step <= 60; step++) {
    for (const [i, { weights }] of own.entries()) {
      // Once a weight of a layer has reached the limit, the layer is done.
      if (step % 10 === 0 && Math.max(...grown[i]!) < 0.5) {
        for (const j of lowSet(weights, 0.75)) grown[i]![j] = Math.min(0.5, grown[i]![j]! + 0.2);
      }
    }
    method.beforeStep!(own, at(step), undefined);
    for (const [i, { decay, weights }] of own.entries()) {
      assertClose(decay, grown[i]!, REORDERED_FLOAT32);
      weights.forEach((_, j) => weights[j]! += random.normal(0, 0.1));
    }
  }
  // By default the limit is reached when structure learning ends, or, where there is a rest, at 70 % of it.
  const growing = (of: SparseMethod, steps: number) => {
    const own = layers();
    const plan = of.before?.(own, at(0, 1000));
    for (let step = 1; step <= steps; step++) {
      of.beforeStep!(own, at(step, 1000), plan);
      of.afterStep?.(own, at(step, 1000), plan);
    }
    return Math.max(...own.flatMap(({ decay }) => [...decay]));
  };
  assert.ok(growing(issR(), 979) < 0.499 && growing(issR(), 1000) > 0.499);
  assert.ok(growing(srp(), 679) < 0.499 && growing(srp(), 700) > 0.499);
  assert.ok(growing(assl(), 700) < 0.499 && growing(assl(), 760) > 0.499);
  assert.ok(growing(srp(), 19) === 0 && growing(srp(), 20) > 0, "growth acts in the step it is due at");
});

Deno.test("ASSL as released: other layers decay from the start, aligned ones lose as many each", async () => {
  const [start, decided, own] = [layers(), layers(), layers()];
  const method = assl({
    sparsity: 0.75,
    aligned: ({ name }) => name !== "b",
    sharedCount: true,
    every: 5,
    increment: 0.01,
  });
  const plan = method.before!(own, at(0));
  for (let step = 1; step <= 10; step++) {
    method.beforeStep!(own, at(step), plan);
    method.afterStep!(own, at(step), plan);
  }
  const decaying = own.map(({ decay }) => [...decay.keys()].filter((i) => decay[i]! > 0));
  assert.deepEqual(decaying, [[], lowSet(start[1]!.weights, 0.75), []]);
  await through(oneShotL1(), decided, 11);
  const masks = await through(method, layers());
  // 30 of "a" and 45 of "c" are 37 each.
  const lost = decided.map((layer) => gone(layer, masks[layer.name]!).length);
  assert.deepEqual(lost, [37, 45, 37]);
  const emptied = [sparseLayer("a", [4], Float32Array.of(1, 2, 3, 4)), layers()[2]!];
  const all = assl({ sparsity: 0.75, sharedCount: true });
  assert.equal(keptCount((await through(all, emptied)).a!), 0, "a small layer among large ones is emptied");
  const spared = await through(assl({ sparsity: 0.75 }), [
    sparseLayer("a", [4], Float32Array.of(1, 2, 3, 4)),
    layers()[2]!,
  ]);
  assert.equal(keptCount(spared.a!), 1);
});

Deno.test("the alignment loss has the gradient that differences give", () => {
  const own = layers();
  const method = assl({ alignment: 0.3 });
  const [, b, c] = own as [SparseLayer, SparseLayer, SparseLayer];
  method.beforeStep!(own, at(1), method.before!(own, at(0)));
  const loss = (w: number, v: number) => -0.3 * Math.abs(w) * Math.abs(v);
  for (const [mine, next] of [[b, c], [c, b]] as const) {
    const expected = mine.weights.map((w, i) =>
      (loss(w + 1e-4, next.weights[i]!) - loss(w - 1e-4, next.weights[i]!)) / 2e-4
    );
    assertClose(mine.weights.map((w, i) => w * mine.decay[i]!), expected, REORDERED_FLOAT32);
  }
  assert.ok(own[0]!.decay.every((value) => value === 0), "a layer of its own shape has no partner");
});

withEngine("decay times weight is added to the gradient before the optimizer", "native", async (runtime) => {
  // One weight, one example: loss (w·x − y)², gradient 2x(w·x − y); SGD: w −= rate·(gradient + decay·w).
  const model = mlp({ sizes: [1, 1] });
  const data = { inputs: float32([2], [1, 1]), targets: float32([3], [1, 1]) };
  let w = (model.graph.initializers.get("0.weight") as unknown as { data: Float32Array }).data[0]!;
  const { model: trained } = await fit(model, data, {
    epochs: 3,
    loss: meanSquaredError(),
    optimizer: sgd({ momentum: 0 }),
    schedule: constantRate(0.05),
    freeze: ({ role }) => role === "bias",
    sparsify: sparseMethod({
      ...issR({ sparsity: 0 }),
      pruningSteps: () => 3,
      afterStep: ([layer]) => void layer!.decay.fill(0.7),
    }),
    runtime,
  });
  const bias = (model.graph.initializers.get("0.bias") as unknown as { data: Float32Array }).data[0]!;
  for (const decay of [0, 0.7, 0.7]) w -= 0.05 * (4 * (2 * w + bias - 3) + decay * w);
  assertClose(
    (trained.graph.initializers.get("0.weight") as unknown as { data: Float32Array }).data,
    [w],
    REORDERED_FLOAT32,
  );
});

withEngine("all methods train, and hold their counts", "native", async (runtime) => {
  for (const [name, method] of Object.entries(METHODS)) {
    const { masks, history } = await run({ sparsify: method(), runtime });
    assert.equal(keptCount(masks!["hidden.weight"]!), 144, name);
    assert.equal(keptCount(masks!["linear.weight"]!), 6, name);
    assert.ok(history.at(-1)!.loss < history[0]!.loss, name);
  }
});

Deno.test("impossible growth and parts are refused", () => {
  const refused: [() => unknown, string][] = [
    [() => issR({ every: 0 }), "Cannot grow decay with every 0: expected a whole number from 1"],
    [() => srp({ limit: -1 }), "Cannot grow decay with limit -1: expected a number above 0"],
    [
      () => assl({ decideAfter: 2 }),
      "Cannot prune by assl with decideAfter 2: expected a number from 0 to 1",
    ],
    [() => assl({ alignment: -1 }), "Cannot prune by assl with alignment -1: expected a number from 0"],
    [
      () => randomMask({ sparsity: 7 }),
      "Cannot prune by randomMask with sparsity 7: expected a number from 0 to 1",
    ],
  ];
  for (const [make, message] of refused) assert.throws(make, { name: "RangeError", message });
});
