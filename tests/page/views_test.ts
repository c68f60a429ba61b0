/** What the page says, from data alone. */
import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { modelFacts } from "../../lib/page/worker/model_facts.ts";
import { networkDrawing } from "../../lib/page/worker/network_drawing.ts";
import { legendSentence, networkView, rowPlans, rowSentence } from "../../lib/page/views/network_view.ts";
import { costsView, groupsView, protectedView, summaryView } from "../../lib/page/views/plan_views.ts";
import { planView } from "../../lib/page/worker/plan_view.ts";
import { resultView } from "../../lib/page/views/result_view.ts";
import { sizesOf, sizesView } from "../../lib/page/views/sizes_view.ts";
import { afterOpening, afterPruning } from "../../lib/page/state.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { planPruning } from "../../lib/prune/plan.ts";

const model = resnetCifar({ depth: 20, widths: [16, 32, 64], seed: 3 });
const drawing = networkDrawing(channelGroups(model));
const all = planView(planPruning(model, { target: { bytes: 1 } }));
const plan = planView(planPruning(model, { target: { macs: 0.5 } }));
const opened = { name: "net.onnx", facts: modelFacts(model), drawing, openInputs: [], plan: all };

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
