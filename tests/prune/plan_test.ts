import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
import { constantsToInitializers } from "../../lib/onnx/constants_to_initializers.ts";
import { seededRandom } from "../../lib/random.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { incrementalCost } from "../../lib/prune/cost.ts";
import { lamp } from "../../lib/prune/criteria/lamp.ts";
import { taylor } from "../../lib/prune/criteria/taylor.ts";
import { mask } from "../../lib/prune/mask.ts";
import { type PlanOptions, planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { assertClose, REORDERED_FLOAT64 } from "../close.ts";

/** Linear layers of the given widths. */
function mlp(widths: readonly number[], weights?: readonly number[]): Model {
  const g = new GraphBuilder("mlp");
  const random = seededRandom(3);
  let [x] = [g.input("x", "float32", ["N", widths[0]!])];
  for (let i = 1; i < widths.length; i++) {
    const [from, to] = [widths[i - 1]!, widths[i]!];
    const data = weights && i === 1 ? weights : Array.from({ length: from * to }, () => random.normal());
    x = g.node("MatMul", [x, g.parameter(`w${i}`, float32(data, [from, to]))])[0]!;
    x = g.node("Relu", [x])[0]!;
  }
  g.output(x, "y");
  return g.model();
}

const fractions = fc.double({ min: 0.35, max: 1, noNaN: true });
const settings = fc.record({
  roundTo: fc.constantFrom(1, 2, 4),
  scope: fc.constantFrom("global" as const, "layer" as const),
  criterion: fc.constantFrom("l1" as const, "l2" as const, "random" as const, "group-l2" as const),
});

Deno.test("More asked never leaves a bigger model, and the target is met as closely as channels allow", () => {
  const model = mlp([6, 24, 16, 40, 5]);
  const groups = channelGroups(model);
  fc.assert(
    fc.property(fractions, fractions, settings, (a, b, options) => {
      const [less, more] = [Math.max(a, b), Math.min(a, b)].map((macs) =>
        planPruning(model, { target: { macs }, ...options })
      );
      assert.ok(more!.after.macs <= less!.after.macs, `${more!.after.macs} > ${less!.after.macs}`);
      const smallest = Math.min(...groups.prunable.map(({ id, channels }) =>
        less!.before.macs -
        incrementalCost(groups).without(
          id,
          Array.from({ length: Math.min(options.roundTo, channels) }, (_, i) => i),
        ).macs
      ));
      const gap = Math.max(a, b) * less!.before.macs - less!.after.macs;
      assert.ok(gap >= 0 && gap < smallest, `gap ${gap}, smallest ${smallest}`);
      for (const { channels, removed } of less!.groups) {
        assert.ok(removed.length < channels);
        if (removed.length > 0) assert.equal((channels - removed.length) % options.roundTo, 0);
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("Nothing to prune is the identity", () => {
  const model = mlp([3, 4, 2]);
  assert.equal(prune(model, planPruning(model, { target: { macs: 1 }, criterion: "l1" })), model);
});

// One hidden layer of three channels with the columns (1, −2), (3, 0), (0, 4).
const small = mlp([2, 3, 1], [1, 3, 0, -2, 0, 4]);
const importance = (criterion: PlanOptions["criterion"]) =>
  planPruning(small, { target: { macs: 1 }, criterion, scope: "layer" }).groups[0]!.importance;

Deno.test("Criteria give what is computed by hand", () => {
  assert.deepEqual([...importance("l1")], [3, 3, 4]);
  assertClose(importance("l2"), [Math.sqrt(5), 3, 4], REORDERED_FLOAT64);
  assertClose(importance("lamp"), [5 / 30, 9 / 25, 1], REORDERED_FLOAT64);
  assertClose(
    importance("fpgm"),
    [Math.sqrt(8) + Math.sqrt(37), Math.sqrt(8) + 5, Math.sqrt(37) + 5],
    REORDERED_FLOAT64,
  );
  const read = small.graph.initializers.get("w2")!;
  assert.ok("data" in read);
  const out = read.data as Float32Array;
  assertClose(
    importance("group-l2"),
    [5, 9, 16].map((square, i) => Math.sqrt(square + out[i]! ** 2)),
    REORDERED_FLOAT64,
  );
  const gradient = float32([1, 1, 1, 1, 1, -1], [2, 3]);
  assert.deepEqual([...importance(taylor({ w1: gradient }))], [1, 3, 4]);
  assert.deepEqual(importance("random"), importance("random"));
});

Deno.test("LAMP ranks alike by its name and as a function", () => {
  const model = mlp([6, 24, 16, 5]);
  const [named, given] = (["lamp", lamp] as const).map((criterion) =>
    planPruning(model, { target: { macs: 0.5 }, criterion })
  );
  assert.deepEqual(named!.groups, given!.groups);
});

Deno.test("Without a criterion channels are ranked by group-l2", () => {
  const [given, named] = [{}, { criterion: "group-l2" } as const].map((options) =>
    planPruning(mlp([6, 8, 5]), { target: { macs: 0.5 }, ...options })
  );
  assert.deepEqual(given!.groups, named!.groups);
});

Deno.test("Vectors that are stored once count once in the costs before", () => {
  const g = new GraphBuilder("shared");
  const zeros = g.parameter("zeros", float32(new Float32Array(8)));
  let x = g.input("x", "float32", ["N", 8]);
  for (const name of ["a", "b", "c"]) {
    const weight = g.parameter(name, float32(Array.from({ length: 64 }, (_, i) => Math.sin(i + 1)), [8, 8]));
    x = g.relu(g.add(g.matMul(x, weight), zeros));
  }
  g.output(x, "y");
  const model = g.model();
  for (const parameters of [1, 0.99, 0.6]) {
    const plan = planPruning(model, { target: { parameters } });
    assert.equal(plan.before.parameters, countMacs(model).parameters);
    assert.equal(plan.after.parameters, countMacs(prune(model, plan)).parameters);
    assert.ok(plan.after.parameters <= parameters * plan.before.parameters);
    assert.equal(plan.groups.length, 2);
  }
});

Deno.test("A target of bytes is met by what prune stores, with the indices and sizes that it adds", () => {
  const g = new GraphBuilder("sliced");
  const random = seededRandom(4);
  const weight = (...dims: [number, number]) =>
    g.parameter("w" + dims, float32(Array.from({ length: dims[0] * dims[1] }, () => random.normal()), dims));
  let x = g.input("x", "float32", ["N", 6]);
  // A slice with a stride goes on as a Gather at stored positions once channels before it have left.
  const all = g.matMul(x, weight(6, 40));
  const halves = [0, 1, 2].map((from) => {
    const at = (value: number) => g.constant(int64([value]));
    return g.node("Slice", [all, at(from), at(40), at(1), at(3 + from)])[0]!;
  });
  x = halves.map((half, i) => g.matMul(half, weight(Math.ceil((40 - i) / (3 + i)), 3 + i)))
    .map((y) => g.reduceSum(y, [1])).reduce((a, b) => g.add(a, b));
  g.output(x, "y");
  const model = g.model();
  const stored = (one: Model) =>
    one.graph.initializers.values().reduce(
      (n, tensor) => n + ((tensor as Tensor).data as Float32Array).byteLength,
      0,
    );
  let added = 0;
  for (const bytes of [0.9, 0.8, 0.7, 0.6]) {
    const plan = planPruning(model, { target: { bytes } });
    const smaller = prune(model, plan);
    assert.equal(plan.before.bytes, stored(constantsToInitializers(model)));
    assert.equal(plan.after.bytes, stored(smaller));
    assert.ok(plan.after.bytes <= bytes * plan.before.bytes, `${plan.after.bytes} of ${plan.before.bytes}`);
    added += smaller.graph.initializers.keys().filter((name) =>
      name.includes(".kept.indices")
    ).toArray().length;
  }
  assert.ok(added > 0);
  const least = Number(
    /leaves ([.0-9]+)/.exec(
      String(assertThrows(() => planPruning(model, { target: { bytes: 0.01 } }))),
    )![1],
  );
  assert.ok(planPruning(model, { target: { bytes: least } }).after.bytes <= least * stored(model));
});

Deno.test("No width that changes is odd to roundTo, where an axis holds several groups or fixed parts too", () => {
  const random = seededRandom(6);
  type Parts = (g: GraphBuilder, weight: (from: number, to: number) => Value, x: Value) => Value;
  const split = (first: number, second: number): Parts => (g, weight, x) => {
    const sizes = g.constant(int64([first, second]));
    const [a, b] = g.node("Split", [g.matMul(x, weight(3, first + second)), sizes], { axis: 1 }, {
      outputs: 2,
    });
    return g.add(g.matMul(a!, weight(first, 2)), g.matMul(b!, weight(second, 2)));
  };
  const concat = (first: number, second: number): Parts => (g, weight, x) => {
    const both = g.node("Concat", [g.matMul(x, weight(3, first)), g.matMul(x, weight(3, second))], {
      axis: 1,
    });
    return g.matMul(both[0]!, weight(first + second, 2));
  };
  const beside: Parts = (g, weight, x) =>
    g.matMul(g.node("Concat", [x, g.matMul(x, weight(3, 8))], { axis: 1 })[0]!, weight(11, 2));
  let [pruned, made] = [0, 0];
  for (
    const parts of [split(5, 7), split(4, 8), split(6, 8), concat(6, 10), concat(6, 8), concat(8, 8), beside]
  ) {
    const g = new GraphBuilder("parts");
    const x = g.input("x", "float32", ["N", 3]);
    g.output(
      parts(g, (from, to) => {
        const data = Array.from({ length: from * to }, () => random.normal());
        return g.parameter(`w${++made}.${from}x${to}`, float32(data, [from, to]));
      }, x),
      "y",
    );
    const model = g.model();
    for (const roundTo of [2, 3, 4]) {
      const { reachable, before } = planPruning(model, { target: { parameters: 1 }, roundTo });
      for (const share of [0, 0.25, 0.5, 0.75]) {
        const least = reachable.parameters / before.parameters;
        const parameters = least + share * (1 - least);
        const smaller = prune(model, planPruning(model, { target: { parameters }, roundTo }));
        for (const [name, { dims }] of model.graph.initializers) {
          if (!/^w\d/.test(name)) continue;
          smaller.graph.initializers.get(name)!.dims.forEach((dim, axis) => {
            if (dim === dims[axis]) return;
            pruned++;
            assert.equal(
              dim % roundTo,
              0,
              `${name} axis ${axis}: ${dims[axis]} → ${dim}, roundTo ${roundTo}`,
            );
          });
        }
      }
    }
  }
  assert.ok(pruned > 50, `${pruned} widths changed`);
});

/** What a function throws. */
function assertThrows(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  assert.fail("nothing was thrown");
}

Deno.test("Bad input is refused with the way out", () => {
  const plan = (options: Partial<PlanOptions>) => () =>
    planPruning(small, { target: { macs: 0.7 }, criterion: "l1", ...options });
  assert.throws(
    plan({ criterion: "l3" as "l1" }),
    /RangeError: .*"l3": expected one of "l1", "l2".*"taylor"/,
  );
  assert.throws(plan({ criterion: "taylor" }), /TypeError: .*give planPruning examples/);
  for (const macs of [0, -1, 1.5, NaN]) assert.throws(plan({ target: { macs } }), /RangeError: .*fraction/);
  assert.throws(plan({ target: { macs: 0.01 } }), /RangeError: .*the most that can go leaves 0\.333/);
  assert.throws(plan({ target: {} as { macs: number } }), /TypeError/);
  assert.throws(plan({ ignore: ["nothing"] }), /TypeError: .*"nothing"/);
  assert.throws(plan({ criterion: () => [1] }), /TypeError: .*1 numbers/);
  const other = planPruning(mlp([2, 4, 1]), { target: { macs: 1 }, criterion: "l1" });
  assert.throws(() => prune(small, other), /TypeError: .*another model/);
  assert.throws(() => mask(small, other), /TypeError: .*another model/);
});
