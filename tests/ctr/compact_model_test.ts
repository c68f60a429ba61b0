import assert from "node:assert/strict";
import { compactModel } from "../../lib/ctr/compact_model.ts";
import { ctrModel } from "../../lib/ctr/ctr_model.ts";
import { type InteractionName, INTERACTIONS } from "../../lib/ctr/interactions/table.ts";
import type { Interaction } from "../../lib/ctr/interactions/interaction.ts";
import { maskedTable } from "../../lib/ctr/tables/masked_table.ts";
import {
  quotientRemainderSizes,
  quotientRemainderTable,
} from "../../lib/ctr/tables/quotient_remainder_table.ts";
import { CONSTANT_NAME } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { float32, int64, isTensor, Tensor } from "../../lib/tensor/tensor.ts";
import { floats } from "../../lib/tensor/arrays.ts";
import { assertClose } from "../close.ts";

const SIZES = [7, 3, 12, 5];
const FEATURES = 5;
const FIELDS = SIZES.map((size, i) => ({ name: `${i}`, size }));
const ROWS = SIZES.reduce((a, b) => a + b);

/** Numbers everywhere: biases of cross layers and batch norms begin with zeros and ones. */
function scrambled(model: Model, random: Random): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, tensor] of initializers) {
    if (!isTensor(tensor) || tensor.type !== "float32" || CONSTANT_NAME.test(name)) continue;
    const size = (tensor.data as Float32Array).length;
    const draw = () => name.endsWith("running_var") ? random.uniform(0.5, 2) : random.normal(0, 0.4);
    initializers.set(name, float32(Float32Array.from({ length: size }, draw), tensor.dims));
  }
  return model.withGraph({ ...model.graph, initializers });
}

/** A mask of rows and prefixes, of single numbers, with a field gone as a whole, or with everything kept. */
function maskOfKind(kind: number, random: Random): Uint8Array {
  const mask = new Uint8Array(ROWS * FEATURES);
  let row = 0;
  SIZES.forEach((size, field) => {
    const width = 1 + random.integer(FEATURES);
    for (const end = row + size; row < end; row++) {
      const kept = kind === 3 || (kind === 2 && field === 1 ? false : random.uniform() < 0.5);
      for (let j = 0; kept && j < FEATURES; j++) {
        const stays = kind === 1 ? random.uniform() < 0.4 : kind === 3 || j < width;
        mask[row * FEATURES + j] = stays ? 1 : 0;
      }
    }
  });
  return mask;
}

for (const name of Object.keys(INTERACTIONS) as InteractionName[]) {
  Deno.test(`${name}: the small model gives the masked one's logits, whatever the mask`, async () => {
    const interaction = INTERACTIONS[name]({ hidden: [6, 4] });
    const runtime = await openRuntime({ engine: "native", threads: 1 });
    try {
      for (
        const [kind, pruned] of [[0, false], [1, false], [2, false], [3, false], [0, true], [
          2,
          true,
        ]] as const
      ) {
        const random = seededRandom(7, name, kind, `${pruned}`);
        const mask = maskOfKind(kind, random);
        const vectors = pruned
          ? Uint8Array.from({ length: SIZES.length * FEATURES }, () => random.integer(2))
          : undefined;
        const table = maskedTable(mask, vectors);
        const masked = scrambled(
          ctrModel(interaction, { fields: FIELDS, features: FEATURES, table }),
          random,
        );
        const choice = { mask, ...vectors && { pruned: vectors } };
        const { model, tables, bytes } = compactModel(interaction, masked, {
          fields: FIELDS,
          features: FEATURES,
          choice,
        });
        const ids = Array.from({ length: 50 }, () => SIZES.map((size) => random.integer(size))).flat();
        const [whole, small] = [await runtime.session(masked), await runtime.session(model)];
        const before = await whole.run({ ids: new Tensor("int32", Int32Array.from(ids), [50, 4]) });
        const after = await small.run({ ids: int64(ids, [50, 4]) });
        assertClose(
          after.logit!.data as Float32Array,
          before.logit!.data as Float32Array,
          { absolute: 1e-6, relative: 1e-6 },
          `mask ${kind}, ${pruned ? "vectors" : "zeros"} for what is pruned`,
        );
        // Ids that are none are all alike, and like one that was pruned.
        const odd = [-1, SIZES[2]!, 2 ** 40].map((id) => [ids[0]!, ids[1]!, id, ids[3]!]).flat();
        const { logit, probability } = await small.run({ ids: int64(odd, [3, 4]) });
        const [first, ...rest] = logit!.data as Float32Array;
        assertClose(rest, [first!, first!], { absolute: 1e-6, relative: 1e-6 });
        assertClose(
          probability!.data as Float32Array,
          [...logit!.data as Float32Array].map((z) => 1 / (1 + Math.exp(-z))),
          { absolute: 1e-6, relative: 0 },
        );
        const stored = tables.reduce((sum, { rows, width }) => sum + (rows + 1) * width, 0);
        assert.equal(bytes.tables, 4 * stored, "nothing but what is left is stored");
        if (kind === 2) assert.equal(tables[1]!.rows, 0);
        await whole.release();
        await small.release();
      }
    } finally {
      await runtime.close();
    }
  });
}

Deno.test("an id that was pruned and one that is none give the same vector, but not the same first-order weight", async () => {
  const interaction = INTERACTIONS.FM();
  const mask = new Uint8Array(ROWS * FEATURES).fill(1);
  mask.fill(0, 2 * FEATURES, 3 * FEATURES); // id 2 of the first field
  const table = maskedTable(mask);
  const masked = scrambled(
    ctrModel(interaction, { fields: FIELDS, features: FEATURES, table }),
    seededRandom(1),
  );
  const { model } = compactModel(interaction, masked, {
    fields: FIELDS,
    features: FEATURES,
    choice: { mask },
  });
  const runtime = await openRuntime({ engine: "native", threads: 1 });
  try {
    const session = await runtime.session(model);
    const { logit } = await session.run({ ids: int64([2, 0, 0, 0, -1, 0, 0, 0], [2, 4]) });
    const [pruned, unknown] = logit!.data as Float32Array;
    const weight = Number((masked.graph.initializers.get("linear.weight") as Tensor).data[2]!);
    assertClose([pruned! - unknown!], [weight], { absolute: 1e-6, relative: 1e-6 });
  } finally {
    await runtime.close();
  }
});

Deno.test("where ids share vectors, one that is none has none, and no first-order weight", async () => {
  const choice = {
    mask: new Uint8Array(ROWS * FEATURES).fill(1),
    table: quotientRemainderTable({ collisions: 3 }),
  };
  const options = { fields: FIELDS, features: FEATURES };
  const trained = scrambled(
    ctrModel(INTERACTIONS.FM(), { ...options, table: choice.table }),
    seededRandom(1),
  );
  const { model } = compactModel(INTERACTIONS.FM(), trained, { ...options, choice });
  const ids = [[6, 2, 11, 4], [0, 0, 0, 0], [-1, 2, 11, 4], [6, 3, 11, 4], [6, -7, 2 ** 40, 0], [
    -1,
    -1,
    -1,
    -1,
  ]];
  // By hand: the product of a remainder's vector and a quotient's, and all pairs of fields.
  const numbers = (name: string) => floats(trained.graph.initializers.get(name) as Tensor);
  const [remainders, quotients, first] = ["embedding.remainder", "embedding.quotient", "linear.weight"].map(
    numbers,
  );
  const { remainders: divisors, quotients: counts } = quotientRemainderSizes(FIELDS, 3);
  const before = (sizes: readonly number[], f: number) => sizes.slice(0, f).reduce((a, b) => a + b, 0);
  const expected = ids.map((row) => {
    let logit = numbers("bias")[0]!;
    const vectors = row.map((id, f) => {
      if (id < 0 || id >= SIZES[f]!) return Array.from({ length: FEATURES }, () => 0);
      logit += first![before(SIZES, f) + id]!;
      const [r, q] = [
        before(divisors, f) + id % divisors[f]!,
        before(counts, f) + Math.floor(id / divisors[f]!),
      ];
      return Array.from(
        { length: FEATURES },
        (_, j) => remainders![r * FEATURES + j]! * quotients![q * FEATURES + j]!,
      );
    });
    vectors.forEach((a, f) =>
      vectors.slice(f + 1).forEach((b) => logit += a.reduce((sum, value, j) => sum + value * b[j]!, 0))
    );
    return logit;
  });
  const runtime = await openRuntime({ engine: "native", threads: 1 });
  try {
    const session = await runtime.session(model);
    const { logit } = await session.run({ ids: int64(ids.flat(), [ids.length, 4]) });
    assertClose(floats(logit!), expected, { absolute: 1e-6, relative: 1e-6 });
  } finally {
    await runtime.close();
  }
});

Deno.test("every trained weight comes with the cut, whatever its name, and one that does not is named", async () => {
  const scaled: Interaction = {
    name: "scaled mean",
    linear: false,
    build(g, vectors) {
      const factor = g.parameter("constants", float32([1, 1, 1, 1], [4, 1]));
      return g.reduceSum(g.mul(vectors.stacked(), factor), [1, 2], { keepdims: false });
    },
    cut: (weights) => weights,
  };
  const options = { fields: FIELDS, features: FEATURES };
  const mask = new Uint8Array(ROWS * FEATURES).fill(1);
  const drawn = ctrModel(scaled, options);
  const factor = float32([2, -1, 0.5, 3], [4, 1]);
  const masked = drawn.withGraph({
    ...drawn.graph,
    initializers: new Map([...drawn.graph.initializers, ["constants", factor]]),
  });
  const { model } = compactModel(scaled, masked, { ...options, choice: { mask } });
  const runtime = await openRuntime({ engine: "native", threads: 1 });
  try {
    const [whole, small] = [await runtime.session(masked), await runtime.session(model)];
    const { logit } = await whole.run({ ids: new Tensor("int32", Int32Array.of(1, 2, 3, 4), [1, 4]) });
    const after = await small.run({ ids: int64([1, 2, 3, 4], [1, 4]) });
    assertClose(floats(after.logit!), floats(logit!), { absolute: 1e-6, relative: 1e-6 });
  } finally {
    await runtime.close();
  }
  const forgetful = { ...scaled, cut: () => ({}) };
  assert.throws(
    () => compactModel(forgetful, masked, { ...options, choice: { mask } }),
    /TypeError: Cannot cut the model: weight "constants" is not there after the cut, expected \[4,1\]; let the/,
  );
});
