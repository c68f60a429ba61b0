import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { GraphBuilder, type Value } from "../../../lib/onnx/builder.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { costsOfGroups } from "../../../lib/prune/plan/cost.ts";
import { type PlanOptions, planPruning } from "../../../lib/prune/plan.ts";
import { planForCost } from "../../../lib/prune/plan/plan_for_cost.ts";
import type { CostTarget } from "../../../lib/prune/pruning_plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { linearLayers as mlp } from "../linear_layers.ts";
import { Net } from "../net.ts";

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
        costsOfGroups(groups)().without(
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

Deno.test("What can be reached can be asked for, and so can the bound that an error names", () => {
  // 100 hidden units, each with a weight before and one behind it: 58 of them are 0.58 of the costs, though
  // 0.58 · 200 is less than 116 in floats.
  const model = mlp([1, 100, 1]);
  const plan = (target: CostTarget, maxPruned: number) =>
    planForCost(model, { target, roundTo: 1, maxPruned });
  assert.equal(plan({ macs: 0.58 }, 0.42).after.macs, 116);
  for (let kept = 1; kept < 100; kept++) {
    const most = (100 - kept) / 100;
    for (const kind of ["macs", "parameters"] as const) {
      const { before, reachable } = plan({ [kind]: 1 } as CostTarget, most);
      const reached = plan({ [kind]: reachable[kind] / before[kind] } as CostTarget, most);
      assert.equal(reached.after[kind], reachable[kind]);
    }
    assert.throws(() => plan({ macs: 1e-6 }, most), ({ message }: Error) => {
      const bound = Number(/leaves ([^;]+);/.exec(message)?.[1]);
      return plan({ macs: bound }, most).after.macs <= bound * 200 + 1e-9;
    });
  }
});

Deno.test("Nothing to prune is the identity", () => {
  const model = mlp([3, 4, 2]);
  assert.equal(prune(model, planPruning(model, { target: { macs: 1 }, criterion: "l1" })), model);
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

Deno.test("A target of bytes is met by the file of what prune gives, with the indices and sizes that it adds", () => {
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
  let added = 0;
  for (const bytes of [0.9, 0.8, 0.7, 0.6]) {
    const plan = planPruning(model, { target: { bytes } });
    const smaller = prune(model, plan);
    assert.equal(plan.before.bytes, model.toOnnx().length);
    assert.equal(plan.after.bytes, smaller.toOnnx().length);
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
  assert.ok(planPruning(model, { target: { bytes: least } }).after.bytes <= least * model.toOnnx().length);
});

Deno.test("Weights that the graph computes count in bytes as what they take stored, before as after", () => {
  const g = new GraphBuilder("filled");
  const filled = (...dims: number[]) =>
    g.node("ConstantOfShape", [g.constant(int64(dims))], {
      value: { type: "tensor", value: float32([0.5]) },
    })[0]!;
  const hidden = g.relu(g.matMul(g.input("x", "float32", ["N", 40]), filled(40, 64)));
  g.output(g.matMul(hidden, filled(64, 30)), "y");
  const model = g.model();
  const weights = 4 * (40 * 64 + 64 * 30);
  assert.ok(model.toOnnx().length < 2000);
  for (const target of [{ bytes: 0.5 }, { macs: 0.5 }]) {
    const plan = planPruning(model, { target });
    assert.ok(plan.before.bytes > weights && plan.before.bytes < weights + 1000, `${plan.before.bytes}`);
    assert.equal(plan.after.bytes, prune(model, plan).toOnnx().length);
    assert.ok(plan.after.bytes <= 0.55 * plan.before.bytes);
  }
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

/** Convolutions of these widths, whose sums are multiplied by a matrix in the end. */
function convolutions(widths: readonly number[]): Model {
  const g = new GraphBuilder("convolutions");
  const random = seededRandom(7);
  const weight = (name: string, ...dims: number[]) =>
    g.parameter(
      name,
      float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()), dims),
    );
  let [x] = [g.input("x", "float32", [1, 3, 4, 4])];
  widths.forEach((width, i) => {
    x = g.node("Conv", [x, weight(`w${i}`, width, widths[i - 1] ?? 3, 1, 1)])[0]!;
    x = g.node("Relu", [x])[0]!;
  });
  g.output(g.matMul(g.reduceSum(x, [2, 3], { keepdims: false }), weight("out", widths.at(-1)!, 5)), "y");
  return g.model();
}

Deno.test("By itself, widths are multiples of 16 while that meets the target, then of 8, 4, 2, 1", () => {
  const model = convolutions([64, 24, 48, 10]);
  const sizes = [64, 24, 48, 10];
  const seen = new Set<number>();
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 1, noNaN: true }), (macs) => {
      const plain = planPruning(model, { target: { macs: 1 }, roundTo: 1 });
      fc.pre(macs * plain.before.macs >= plain.reachable.macs);
      const plan = planPruning(model, { target: { macs } });
      seen.add(plan.multiple);
      assert.ok(plan.after.macs <= macs * plan.before.macs);
      assert.deepEqual(plan.reachable, plain.reachable);
      assert.equal(plan.after.macs, countMacs(prune(model, plan)).macs);
      plan.groups.forEach(({ channels, removed }, i) => {
        assert.equal(channels, sizes[i]);
        const left = channels - removed.length;
        // Below a block, halves of it, and so on.
        const step = left >= 16 ? 16 : left >= 8 ? Math.min(8, plan.multiple) : plan.multiple;
        if (removed.length > 0) assert.equal(left % step, 0, `${channels} → ${left} in ${plan.multiple}`);
      });
    }),
    { seed: 2, numRuns: 100 },
  );
  assert.deepEqual([...seen].sort((a, b) => b - a), [16, 8, 4, 2, 1]);
});

Deno.test("By itself, asking for more never leaves more, across blocks and parts of them", () => {
  const model = convolutions([32, 20, 16, 9]);
  const { before, reachable } = planPruning(model, { target: { macs: 1 } });
  let last = -Infinity;
  for (let goal = reachable.macs; goal <= before.macs; goal += 97) {
    const { after } = planPruning(model, { target: { macs: Math.min(1, (goal + 1e-6) / before.macs) } });
    assert.ok(after.macs >= last, `${after.macs} for ${goal}, ${last} for less`);
    last = after.macs;
  }
});

Deno.test("Blocks of one engine are taken as given, of each kind of layer its own", () => {
  const model = convolutions([64, 48]);
  const widths = (roundTo: PlanOptions["roundTo"]) =>
    planPruning(model, { target: { macs: 0.4 }, roundTo: roundTo! }).groups.map(({ channels, removed }) =>
      channels - removed.length
    );
  assert.deepEqual(widths({ convolution: 1, product: 1 }), widths(1));
  assert.deepEqual(widths({ convolution: 16, product: 16 }), widths("auto"));
  // The last convolution makes what a matrix multiplies: the larger block counts.
  const [first, second] = widths({ convolution: 4, product: 24 });
  assert.deepEqual([first! % 4, second! % 24], [0, 0]);
  for (const wrong of [{ convolution: 0, product: 1 }, { convolution: 8 }, null, 1.5, "8", 0]) {
    assert.throws(() => widths(wrong as never), /^RangeError: Cannot plan with roundTo .*expected/);
  }
});

Deno.test("where blocks leave, scales of which one number is left count as they do in the file", () => {
  const n = new Net();
  let y = n.linear(n.g.input("x", "float32", [2, 3]), 3, 5);
  for (let block = 0; block < 2; block++) {
    const hidden = n.op("Add", [
      n.op("Mul", [n.op("MatMul", [y, n.weight(5, 6)]), n.weight(6)]),
      n.weight(6),
    ]);
    y = n.op("Add", [y, n.op("MatMul", [n.op("Relu", [hidden]), n.weight(6, 5)])]);
  }
  n.g.output(n.op("MatMul", [y, n.weight(5, 2)]), "y");
  const model = n.g.model();
  const options = { kinds: ["channels", "blocks"], criterion: "random", roundTo: 1 } as const;
  const { reachable, before } = planPruning(model, { ...options, target: { macs: 1 } });
  const plan = planPruning(model, { ...options, target: { macs: reachable.macs / before.macs } });
  assert.equal(plan.groups.find(({ kind }) => kind === "blocks")!.removed.length, 1);
  const { macs, parameters } = countMacs(prune(model, plan));
  assert.deepEqual({ macs, parameters }, { macs: plan.after.macs, parameters: plan.after.parameters });
});
