import assert from "node:assert/strict";
import type { Model } from "../../../lib/onnx/model.ts";
import type { Value } from "../../../lib/onnx/builder.ts";
import { int64 } from "../../../lib/tensor/tensor.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { checkPruned } from "../../../lib/prune/check_pruned.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { type PlannedGroup, PruningPlan } from "../../../lib/prune/pruning_plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { Net } from "../net.ts";

const MIXTURE = ["channels", "experts"] as const;
const EXPERTS = 5;

/** A mixture over x [6, 4] and its router's logits, [6, 5]. */
type Mixture = (n: Net, x: Value, logits: Value) => Value;

const softmax = (n: Net, x: Value) => n.op("Softmax", [x], { axis: -1 });

/** All experts at once: [experts, tokens, 4]. */
function stack(n: Net, x: Value): Value {
  const hidden = n.op("Relu", [n.op("MatMul", [x, n.weight(EXPERTS, 4, 3)])]);
  return n.op("MatMul", [hidden, n.weight(EXPERTS, 3, 4)]);
}

/** The sum of what experts give, [experts, tokens, 4], by gates [tokens, experts]. */
function weigh(n: Net, given: Value, gates: Value): Value {
  const weights = n.op("Unsqueeze", [n.op("Transpose", [gates], { perm: [1, 0] }), n.ints(2)]);
  return n.op("ReduceSum", [n.op("Mul", [given, weights]), n.ints(0)], { keepdims: 0 });
}

const expert = (n: Net, x: Value) => n.linear(n.op("Relu", [n.linear(x, 4, 3)]), 3, 4);

const topK = (n: Net, x: Value, k: number) =>
  n.ops("TopK", [x, n.ints(k)], { axis: -1 }, 2) as [Value, Value];

/** The two best of each token share the weight, the others get zeros. */
function sparseGates(n: Net, scores: Value): Value {
  const [best, places] = topK(n, scores, 2);
  const shares = n.op("Div", [best, n.op("ReduceSum", [best, n.ints(-1)], { keepdims: 1 })]);
  const zeros = n.op("ConstantOfShape", [n.ints(6, EXPERTS)]);
  return n.op("ScatterElements", [zeros, places, shares], { axis: 1 });
}

const MIXTURES: Record<string, Mixture> = {
  "all experts, weighted": (n, x, logits) => weigh(n, stack(n, x), softmax(n, logits)),
  "the best two of a stack": (n, x, logits) => weigh(n, stack(n, x), sparseGates(n, softmax(n, logits))),
  "the best two, weighted among themselves": (n, x, logits) => {
    const [best, places] = topK(n, logits, 2);
    const zeros = n.op("ConstantOfShape", [n.ints(6, EXPERTS)]);
    return weigh(n, stack(n, x), n.op("ScatterElements", [zeros, places, softmax(n, best)], { axis: 1 }));
  },
  "the best two by sigmoids with a correction": (n, x, logits) => {
    const scores = n.op("Sigmoid", [logits]);
    const [, places] = topK(n, n.op("Add", [scores, n.weight(EXPERTS)]), 2);
    const best = n.op("GatherElements", [scores, places], { axis: 1 });
    const zeros = n.op("ConstantOfShape", [n.ints(6, EXPERTS)]);
    return weigh(n, stack(n, x), n.op("ScatterElements", [zeros, places, best], { axis: 1 }));
  },
  "the best alone, by its place": (n, x, logits) => {
    const places = n.op("ArgMax", [logits], { axis: -1, keepdims: 1 });
    const zeros = n.op("ConstantOfShape", [n.ints(6, EXPERTS)]);
    const best = n.op("GatherElements", [softmax(n, logits), places], { axis: 1 });
    return weigh(n, stack(n, x), n.op("ScatterElements", [zeros, places, best], { axis: 1 }));
  },
  "experts one by one": (n, x, logits) => {
    const gates = sparseGates(n, softmax(n, logits));
    return Array.from({ length: EXPERTS }, (_, e) => {
      const gate = n.op("Slice", [gates, n.ints(e), n.ints(e + 1), n.ints(1)]);
      return n.op("Mul", [expert(n, x), gate]);
    }).reduce((sum, next) => n.op("Add", [sum, next]));
  },
  "experts one by one, by their numbers": (n, x, logits) => {
    const gates = softmax(n, logits);
    const given = Array.from({ length: EXPERTS }, (_, e) => {
      const gate = n.op("Gather", [gates, n.g.constant(int64([e], []))], { axis: 1 });
      return n.op("Mul", [n.op("Unsqueeze", [gate, n.ints(1)]), expert(n, x)]);
    });
    return n.op("Sum", given);
  },
  "weights of the best two, looked up": (n, x, logits) => {
    const [best, places] = topK(n, softmax(n, logits), 2);
    const tokens = n.op("Unsqueeze", [x, n.ints(1, 2)]); // [6, 1, 1, 4]
    const hidden = n.op("Relu", [
      n.op("MatMul", [tokens, n.op("Gather", [n.weight(EXPERTS, 4, 3), places])]),
    ]);
    const given = n.op("MatMul", [hidden, n.op("Gather", [n.weight(EXPERTS, 3, 4), places])]); // [6, 2, 1, 4]
    const weighted = n.op("Mul", [given, n.op("Unsqueeze", [best, n.ints(2, 3)])]);
    return n.op("ReduceSum", [weighted, n.ints(1, 2)], { keepdims: 0 });
  },
  "the best, as ones and zeros": (n, x, logits) => {
    const [, places] = topK(n, logits, 2);
    const chosen = n.op("OneHot", [places, n.ints(EXPERTS), n.weights([0, 1])]);
    return weigh(n, stack(n, x), n.op("ReduceSum", [chosen, n.ints(1)], { keepdims: 0 }));
  },
};

function build(mixture: Mixture): Model {
  const net = new Net();
  const x = net.g.input("x", "float32", [6, 4]);
  const y = net.linear(x, 4, 4);
  net.g.output(net.linear(net.op("Add", [y, mixture(net, y, net.linear(y, 4, EXPERTS))]), 4, 2), "y");
  return net.g.model();
}

const isMixture = ({ kind }: { kind?: string }) => kind === "experts";

for (const [name, mixture] of Object.entries(MIXTURES)) {
  Deno.test(`${name}: without any one expert, and without two, it equals the mask`, async () => {
    const model = build(mixture);
    const groups = channelGroups(model, MIXTURE);
    const found = groups.prunable.filter(isMixture);
    assert.deepEqual(found.map(({ channels }) => channels), [EXPERTS], groups.toString());
    const whole = planPruning(model, { target: { macs: 1 }, kinds: MIXTURE });
    const without = (removed: (group: PlannedGroup) => number[]) =>
      new PruningPlan({
        ...whole,
        groups: whole.groups.map((group) => ({ ...group, removed: removed(group) })),
      });
    for (const gone of [[0], [1], [2], [3], [4], [0, 3], [1, 2, 4]]) {
      const plan = without((group) => isMixture(group) ? gone : []);
      assert.ok(await checkPruned(model, prune(model, plan), plan) < 1e-5, `without ${gone}`);
    }
    const both = without((group) => isMixture(group) ? [1, 3] : [0]);
    assert.ok(await checkPruned(model, prune(model, both), both) < 1e-5, "without experts and channels");
    // As many as are chosen have to stay.
    const { least } = found[0]!;
    assert.throws(
      () => prune(model, without((group) => isMixture(group) ? [0, 1, 2, 3, 4].slice(least - 1) : [])),
      /stay/,
    );
    const plan = planPruning(model, { target: { parameters: 0.6 }, kinds: MIXTURE });
    const { macs, parameters } = countMacs(prune(model, plan));
    assert.deepEqual([plan.after.macs, plan.after.parameters], [macs, parameters]);
  });
}

Deno.test("experts go only on demand, and what is no mixture is not taken for one", () => {
  const free = (model: Model, kinds: readonly ("channels" | "experts")[]) =>
    channelGroups(model, kinds).prunable.filter(isMixture).length;
  const mixture = build(MIXTURES["the best two of a stack"]!);
  assert.deepEqual([free(mixture, ["channels"]), free(mixture, MIXTURE)], [0, 1]);
  // A softmax over features, and the place of the largest as an output.
  assert.equal(free(build((n, _, logits) => n.linear(softmax(n, logits), EXPERTS, 4)), MIXTURE), 0);
  const net = new Net();
  const x = net.g.input("x", "float32", [6, 4]);
  const [best, places] = topK(net, net.linear(x, 4, EXPERTS), 2);
  net.g.output(best, "best");
  net.g.output(places, "places");
  assert.equal(free(net.g.model(), MIXTURE), 0);
});

Deno.test("experts whose output is read by more than sums stay", () => {
  const model = build((n, x, logits) => {
    const gates = softmax(n, logits);
    const parts = Array.from(
      { length: EXPERTS },
      (_, e) => n.op("Mul", [expert(n, x), n.op("Slice", [gates, n.ints(e), n.ints(e + 1), n.ints(1)])]),
    );
    const sum = parts.reduce((sum, next) => n.op("Add", [sum, next]));
    return n.op("Add", [sum, n.op("Exp", [parts[0]!])]);
  });
  const [group] = channelGroups(model, MIXTURE).groups.filter(isMixture).filter(({ protectedBy }) =>
    protectedBy.length
  );
  assert.match(group!.protectedBy.join(), /Exp .* needs what this expert gives/);
});
