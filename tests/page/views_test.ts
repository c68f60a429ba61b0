/** What the page says, from data alone. */
import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { limitations } from "../../lib/page/limitations.ts";
import { modelFacts } from "../../lib/page/work/model_facts.ts";
import { networkDrawing } from "../../lib/page/work/network_drawing.ts";
import { legendSentence, networkView, rowPlans, rowSentence } from "../../lib/page/views/network_view.ts";
import { costsView, groupsView, protectedView, summaryView } from "../../lib/page/views/plan_views.ts";
import { planView } from "../../lib/page/work/plan_view.ts";
import { resultView } from "../../lib/page/views/result_view.ts";
import { sizesOf, sizesView } from "../../lib/page/views/sizes_view.ts";
import {
  afterOpening,
  afterPlanning,
  afterPruning,
  isCurrent,
  leastKept,
  withoutPlan,
  withTarget,
} from "../../lib/page/state.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { planPruning } from "../../lib/prune/plan.ts";

const model = resnetCifar({ depth: 20, widths: [16, 32, 64], seed: 3 });
const drawing = networkDrawing(channelGroups(model));
const all = planView(planPruning(model, { target: { bytes: 1 } }));
const plan = planView(planPruning(model, { target: { macs: 0.5 } }));
const opened = { name: "net.onnx", facts: modelFacts(model), drawing, openInputs: [], plan: all };

Deno.test("the drawing has a row for each layer, with its group's letter, colour and reason to stay", () => {
  const groups = channelGroups(model);
  const letters = new Map<string, Set<number>>();
  for (const { letter, group } of drawing.rows) {
    if (letter !== undefined) letters.set(letter, (letters.get(letter) ?? new Set()).add(group!));
  }
  assert.ok(letters.size >= 2);
  for (const [letter, ids] of letters) {
    assert.equal(ids.size, 1, `letter ${letter} stands for ${ids.size} groups`);
  }
  const last = drawing.rows.find(({ tensor }) => tensor === "linear.weight");
  assert.match(last!.why!, /"logits" is an output of the graph/);
  const convolutions = model.graph.nodes.filter(({ op }) => op === "Conv").map(({ inputs }) => inputs[1]);
  assert.deepEqual(drawing.rows.flatMap(({ tensor }) => tensor ?? []).slice(0, -1), convolutions);
  for (const { group, why } of drawing.rows) {
    if (group !== undefined) assert.equal(why, groups.groups[group]!.protectedBy[0]);
  }
  for (const [from, to] of drawing.edges) assert.ok(from < to);
});

Deno.test("rows say what a plan does to their channels", () => {
  const plans = rowPlans(drawing, plan);
  drawing.rows.forEach(({ group }, i) => {
    const planned = plan.groups.find(({ id }) => id === group);
    if (group === undefined) assert.equal(plans[i], undefined);
    else if (!planned) assert.equal(plans[i]!.text, "stays");
    else {assert.match(
        plans[i]!.text,
        new RegExp(planned.kept < planned.channels ? ` → ${planned.kept}$` : "^\\d+$"),
      );}
  });
  assert.match(`${networkView(drawing)}`, /<svg class="rails"[^]*<li data-group="\d+"/);
  assert.equal(rowSentence(drawing, plan, 0), undefined);
  assert.match(rowSentence(drawing, plan, 1)!, /^Group A is made by 4 layers together: /);
  assert.match(legendSentence(drawing), /^\d+ rows from input to output\. Dots of one letter/);
});

Deno.test("a plan is shown in costs, a sentence, what goes and what stays", () => {
  const costs = `${costsView(plan, "macs")}`;
  assert.match(costs, /<tr class="target"><th scope="row">MACs<\/th>/);
  assert.match(costs, new RegExp(`${(100 * plan.after.macs / plan.before.macs).toFixed(1)} %`));
  assert.match(`${costsView({ ...plan, before: { ...plan.before, macs: NaN } }, "bytes")}`, /unknown/);
  const removed = plan.groups.reduce((sum, { channels, kept }) => sum + channels - kept, 0);
  assert.match(summaryView(plan), new RegExp(`^${removed} of \\d+ channels go, in \\d+ of \\d+ groups`));
  assert.match(summaryView({ ...plan, groups: [] }), /^Nothing can go/);
  assert.match(summaryView({ ...plan, uncounted: ["Foo"] }), /No cost counts 1 node of operators/);
  const going = plan.groups.filter(({ channels, kept }) => kept < channels).length;
  assert.equal(`${groupsView(plan, drawing.rows)}`.match(/<th scope="row"/g)!.length, going);
  assert.match(`${groupsView(all, drawing.rows)}`, /Nothing goes/);
  assert.match(`${protectedView(plan)}`, /is an output of the graph: linear\.weight \(10\)/);
  assert.match(
    `${protectedView({ ...plan, boundaries: ["Foo <x>"] })}`,
    /ends at Foo &#60;x&#62;: what reaches it stays/,
  );
});

Deno.test("the state keeps what is known together", () => {
  const state = afterOpening(opened);
  assert.deepEqual([state.choice.target, state.choice.keep], ["macs", 0.5]);
  const planned = afterPlanning(state, plan, state.choice);
  const pruned = afterPruning({ ...planned, check: { failed: "of before" } }, { name: "a.onnx", bytes: 10 });
  assert.equal(pruned.check, undefined);
  assert.equal(isCurrent(pruned), true);
  assert.equal(isCurrent({ ...pruned, choice: { ...pruned.choice, keep: 0.4 } }), false);
  // A plan that fails leaves the one before, and what that was asked for.
  const asked = { ...state.choice, criterion: "fpgm" } as const;
  assert.equal(withoutPlan({ ...planned, choice: asked }, asked).choice, state.choice);
  const newer = { ...asked, keep: 0.3 };
  assert.equal(withoutPlan({ ...planned, choice: newer }, asked).choice, newer);
  // No more can be asked for than can go, and what cannot be counted is no target.
  const least = leastKept(all, "macs")!;
  assert.ok(least / 100 >= all.reachable.macs / all.before.macs && least < 50);
  assert.equal(withTarget(all, { ...state.choice, keep: 0.001 }).keep, least / 100);
  const unknown = { ...all, before: { ...all.before, macs: NaN } };
  assert.equal(afterOpening({ ...opened, plan: unknown }).choice.target, "bytes");
  assert.equal(
    afterOpening(opened, { ...state, choice: { ...state.choice, criterion: "l1" } }).choice.criterion,
    "l1",
  );
});

Deno.test("the result says what was found, what failed, and what is stale", () => {
  const state = afterPruning(afterOpening(opened), { name: "a-macs-50.onnx", bytes: 400_000 });
  const latency = { engine: "wasm", device: "CPU in WebAssembly, 2 threads", batch: 1, runs: 20 } as const;
  const before = { ...latency, median: 4, quartiles: [3, 5] as [number, number] };
  const after = { ...latency, median: 1, quartiles: [0.9, 1.2] as [number, number] };
  const text = `${
    resultView({
      ...state,
      check: { difference: 2.2e-7, device: "CPU" },
      times: { wasm: { engine: "wasm", software: false, before, after }, webgpu: { failed: "No adapter." } },
    })
  }`;
  assert.match(text, /2\.2 · 10⁻⁷ of the largest output/);
  assert.match(text, /4\.00 ms<small>3\.00 ms – 5\.00 ms<\/small>[^]*25\.0 %<small>20 rounds/);
  assert.match(text, /WebGPU: No adapter\./);
  assert.doesNotMatch(text, /prune again/);
  assert.match(
    `${resultView({ ...state, check: { failed: "It differs <much>." } })}`,
    /class="bad">It differs &#60;much/,
  );
  assert.match(`${resultView({ ...state, choice: { ...state.choice, keep: 0.7 } })}`, /prune again/);
});

Deno.test("sizes that a file leaves open are read as they are typed", () => {
  const inputs = [{ name: "x", shape: "N, 3, H, W", sizes: [1, 3, 224, 224] }];
  assert.match(`${sizesView(inputs)}`, /Sizes of x \[N, 3, H, W\]/);
  const pattern = new RegExp(`^(?:${`${sizesView(inputs)}`.match(/pattern="([^"]+)"/)![1]!})$`, "v");
  for (const [typed, sizes] of [["2,3,64 , 64", [2, 3, 64, 64]], ["1x3x8x8", [1, 3, 8, 8]]] as const) {
    assert.match(typed, pattern);
    assert.deepEqual(sizesOf(new Map([["sizes-0", typed]]), inputs), { x: sizes });
  }
  for (const typed of ["", "3,64,64", "1,3,0,64", "1,3,a,64"]) {
    assert.doesNotMatch(typed, pattern);
    assert.deepEqual(sizesOf(new Map([["sizes-0", typed]]), inputs), { x: [1, 3, 224, 224] });
  }
});

Deno.test("names of files and tensors cannot become markup", () => {
  const g = new GraphBuilder("<g>");
  const x = g.input("<script>", "float32", ["N", 4]);
  g.output(g.relu(x), "<img>");
  const strange = g.model();
  const facts = modelFacts(strange).map(({ text }) => text).join();
  assert.match(facts, /<script>/); // plain text here, escaped where it is shown
  assert.doesNotMatch(`${networkView(networkDrawing(channelGroups(strange)))}`, /<script>|<img>/);
});

Deno.test("what the page cannot use here is said, and nothing where it can use all", () => {
  assert.deepEqual(limitations({ isolated: true, webgpu: true, processors: 8 }), []);
  assert.deepEqual(limitations({ isolated: false, webgpu: true, processors: 1 }), []);
  assert.equal(limitations({ isolated: false, webgpu: false, processors: 8 }).length, 2);
});
