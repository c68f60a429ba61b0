import assert from "node:assert/strict";
import type { Value } from "../../../lib/onnx/builder.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { PRUNABLE_KINDS } from "../../../lib/prune/kinds.ts";
import { Net } from "../net.ts";
import { channelRows } from "../../../lib/prune/rows/table.ts";
import { runNative } from "../../onnx/run_native.ts";
import { assertEqualsMask, normalFeeds, removals } from "../each_channel.ts";
import { generatedGraphs } from "../generated_graphs.ts";
import { type Case, OPERATOR_CASES } from "../operator_cases.ts";

const operatorOf = (name: string) => name.split(/[ ']/)[0]!;

Deno.test("Every operator with a row is generated, and no other", () => {
  const generated = new Set(Object.keys(OPERATOR_CASES).map(operatorOf));
  assert.deepEqual([...generated].sort(), Object.keys(channelRows).sort());
});

/** Operators with a row that only says why nothing may leave. */
const KEEPS_ALL = ["MeanVarianceNormalization"];

for (const operator of Object.keys(channelRows)) {
  Deno.test(`${operator} between permutations: without any channel it equals the masked original`, async () => {
    const cases = Object.entries(OPERATOR_CASES).filter(([name]) => operatorOf(name) === operator);
    const wrong: string[] = [];
    let compared = 0;
    for (const { name, from, to, model, x } of generatedGraphs(Object.fromEntries(cases))) {
      const feeds = normalFeeds(x);
      const whole = await runNative(model, feeds);
      assert.ok((whole["y"]!.data as Float32Array).some(Number.isFinite), `${name} gives no number at all`);
      for (const [plan, what] of removals(model, feeds)) {
        compared++;
        try {
          await assertEqualsMask(model, plan, feeds, what);
        } catch (error) {
          const said = (error as Error).message.replaceAll(/\s+/g, " ");
          wrong.push(`${name}, channels along axis ${from}, read along axis ${to}, ${said}`);
          break; // the other channels of this graph fail alike
        }
      }
    }
    assert.equal(compared > 0, !KEEPS_ALL.includes(operator), `${compared} channels could leave`);
    assert.deepEqual(wrong, []);
  });
}

Deno.test("What has an unknown rank keeps what it meets, whatever reads it, and no row fails", () => {
  const hide = (n: Net, x: Value) => n.g.node("Swirl", [x], {}, { domain: "example" })[0]!;
  for (const [name, { build, shape, opsets }] of Object.entries(OPERATOR_CASES)) {
    for (const others of ["known", "unknown"] as const) {
      const n = new Net(opsets);
      const hidden = n.weight(...shape);
      const more = () => others === "known" ? hidden : hide(n, hidden);
      n.g.output(build(n, hide(n, n.g.input("x", "float32", shape)), more), "y");
      assert.doesNotThrow(() => channelGroups(n.g.model(), PRUNABLE_KINDS), name);
    }
  }
});

/** Operators that sum over channels of two inputs: both may be other than zero where they are masked. */
const SUM_PRODUCTS = ["Conv", "ConvTranspose", "MatMul", "Gemm", "Einsum"];

Deno.test("products of what is not zero when masked: without any channel they equal the masked original", async () => {
  const cases = Object.entries(OPERATOR_CASES).filter(([name]) => SUM_PRODUCTS.includes(operatorOf(name)));
  const behindCosines = cases.map(([name, { build, ...given }]): [string, Case] => [name, {
    ...given,
    build: (n, x, more) => build(n, n.op("Cos", [x]), () => n.op("Cos", [more()])),
  }]);
  let compared = 0;
  for (const { name, from, to, model, x } of generatedGraphs(Object.fromEntries(behindCosines))) {
    const feeds = normalFeeds(x);
    for (const [plan, what] of removals(model, feeds)) {
      await assertEqualsMask(model, plan, feeds, `${name}, from axis ${from} to ${to}, ${what}`);
      compared++;
    }
  }
  assert.ok(compared > 100);
});
