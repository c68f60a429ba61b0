import assert from "node:assert/strict";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { rankChannels } from "../../../lib/page/worker/rank_channels.ts";
import { newWorkbench } from "../../../lib/page/worker/workbench.ts";
import { silent } from "../../../lib/progress.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { criterionOf } from "../../../lib/prune/criteria/table.ts";
import { realNumbers } from "../../../lib/prune/quantized/real_numbers.ts";
import type { PageFile, PlanRequest } from "../../../lib/page/protocol.ts";

const tools = { progress: silent, signal: new AbortController().signal };
const asFile = (name: string, bytes: Uint8Array): PageFile => ({
  name,
  bytes: bytes as Uint8Array<ArrayBuffer>,
});
const request: PlanRequest = { target: "macs", keep: 0.5, criterion: "group-l2", inputShapes: {} };

Deno.test("channels are ranked once, as the criterion ranks them, and LAMP stays a name", async () => {
  const groups = channelGroups(resnetCifar({ depth: 20, widths: [4, 8, 16], seed: 2 }));
  const told: number[] = [];
  const progress = { ...silent, start: (_: string, steps: number) => void told.push(steps) };
  const ranked = await rankChannels(groups, "l1", { ...tools, progress });
  assert.ok(typeof ranked === "function");
  const tensors = realNumbers(groups.model);
  const plain = criterionOf("l1", { seed: 0 });
  for (const group of groups.prunable) {
    const scores = ranked(group, tensors);
    assert.deepEqual([...scores as Float64Array], [...plain(group, tensors) as Float64Array]);
    assert.equal(ranked(group, tensors), scores);
  }
  assert.deepEqual(told, [groups.prunable.length]);
  assert.equal(await rankChannels(groups, "lamp", tools), "lamp");
});

Deno.test("ranking by a slow criterion is stopped between two groups", async () => {
  const stop = new AbortController();
  const bench = newWorkbench(() => Promise.reject(new Error("no engine")));
  const model = resnetCifar({ depth: 20, widths: [64, 128, 256] });
  await bench.open({ files: [asFile("net.onnx", model.toOnnx())] }, tools);
  const progress = { ...silent, step: () => stop.abort(new Error("Stopped")) };
  const planned = bench.plan({ ...request, criterion: "fpgm" }, { progress, signal: stop.signal });
  await assert.rejects(planned, /Stopped/);
  await bench.plan(request, tools);
});
