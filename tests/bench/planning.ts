import { resnetImagenet } from "../../lib/nn/resnet_imagenet.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { Model } from "../../lib/onnx/model.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { type Bench, TIME_HEAD, timeCells } from "./section.ts";
import { spent, takeTurns } from "./turns.ts";

/** From a file with all its weights to a pruned file: groups, plan, surgery. */
export const planning: Bench = async ({ rounds }) => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/resnet50.onnx`;
    const { bytes } = await saveModel(resnetImagenet({ depth: 50 }), path);
    const { graph, info } = await loadModel(path);
    // Groups are remembered with their model; a new model over the same graph has none yet.
    const fresh = () => new Model(graph, info);
    const options = { target: { macs: 0.5 } } as const;
    const model = fresh();
    const plan = planPruning(model, options);
    const smaller = prune(model, plan);
    const work: Record<string, () => unknown> = {
      loadModel: () => loadModel(path),
      channelGroups: () => channelGroups(fresh()),
      "planPruning, groups known": () => planPruning(model, options),
      prune: () => prune(model, plan),
      saveModel: () => saveModel(smaller, `${folder}/smaller.onnx`),
      "all five": async () => {
        const model = await loadModel(path);
        await saveModel(prune(model, planPruning(model, options)), `${folder}/smaller.onnx`);
      },
    };
    const times = await takeTurns(
      Object.entries(work).map(([name, one]) => ({ name, step: () => spent(one) })),
      rounds,
    );
    return {
      title: "From ResNet-50 to half of its MACs",
      about: `A file of ${
        (bytes / 1e6).toFixed(0)
      } MB with all weights stored; criterion group-l2, widths by themselves.`,
      head: ["step", ...TIME_HEAD("ms")],
      rows: times.map((time) => [time.name, ...timeCells(time, "ms", 0)]),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
};
