import assert from "node:assert/strict";
import { proceduralImages } from "../../../lib/data/procedural.ts";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import * as figures from "../../../lib/papers/tour/figures.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { select } from "../../plot/select.ts";
import { assertDrawn } from "../drawn.ts";
import { evidence, TRUE } from "./world.ts";

const { rows, latencies } = evidence(TRUE, [0]);
const source = "a test";
const origin = { source, baseline: { macs: 100, accuracy: 0.93, latency: 100 } };
const plan = planPruning(resnetCifar({ depth: 20, widths: [4, 8, 16], seed: 1 }), { target: { macs: 0.5 } });
const dots = (figure: Parameters<typeof select>[0]) => select(figure, "[aria-label=dot] path").length;

Deno.test("networks are points before and after fine-tuning, beside the unpruned one", async () => {
  const figure = figures.accuracyAgainstMacs(rows, origin);
  await assertDrawn(figure, ["group-l2, fine-tuned", "random", "unpruned", source]);
  assert.equal(dots(figure), 2 * rows.length + 1);
  const timed = latencies.map((row, i) => i === 0 ? row : { ...row, accuracy: 0.8 });
  const against = figures.accuracyAgainstLatency(timed, origin);
  await assertDrawn(against, ["group-l2", "unpruned"]);
  // What was only timed has no accuracy.
  assert.equal(dots(against), latencies.length - 1 + 1);
  const times = figures.latencyAgainstMacs(latencies, origin);
  await assertDrawn(times, ["time falls as", "widths not rounded"]);
  assert.equal(dots(times), latencies.length + 2);
});

Deno.test("a plan is drawn group by group, and channel by channel with its cut", async () => {
  const left = figures.planFigure(plan, { source });
  await assertDrawn(left, [plan.groups[0]!.name.replace(".weight", "")]);
  assert.equal(select(left, "[aria-label=bar] rect").length, 2 * plan.groups.length);
  const removed = plan.groups.reduce((sum, group) => sum + group.removed.length, 0);
  const channels = plan.groups.reduce((sum, group) => sum + group.channels, 0);
  await assertDrawn(figures.importanceFigure(plan, { source }), [
    "the cut",
    `${removed} of ${channels} channels go`,
  ]);
});

Deno.test("images have their classes, and groups their accuracy at each part that is gone", async () => {
  const data = proceduralImages({ train: 1, test: 4, seed: 1 });
  const images = figures.sampleImages(data, 3);
  await assertDrawn(images, [data.name]);
  assert.equal(select(images, "image").length, 3);
  const cells = ["a.weight", "b.weight"].flatMap((group) =>
    [0.25, 0.5].map((ratio) => ({ group, ratio, accuracy: 1 - ratio }))
  );
  const map = figures.sensitivityFigure(cells as never, { source, examples: 10 });
  await assertDrawn(map, ["25 %", "75", "a"]);
  assert.equal(select(map, "[aria-label=cell] rect").length, 4);
});
