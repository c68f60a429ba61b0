import { loadModel } from "../../lib/io/load_model.ts";
import { Model } from "../../lib/onnx/model.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { dataFile } from "../data.ts";
import { type Bench, digits } from "./section.ts";
import { takeTurns, timed } from "./turns.ts";

/** From a model to its pruned copy: groups, plan, surgery. */
export const planning: Bench = async ({ rounds }) => {
  const path = dataFile("onnx/light_resnet50.onnx");
  const section = {
    title: "From ResNet-50 to half of its MACs",
    about: "`light_resnet50.onnx` (ONNX model zoo), criterion l2.",
    head: ["step", "ms, best", "ms, median"],
  };
  if (path === undefined) {
    return { ...section, about: "Not measured: ESPALIER_DATA has no such file.", rows: [] };
  }
  const { graph, info } = await loadModel(path);
  // Groups are remembered with their model; a new model over the same graph has none yet.
  const fresh = () => new Model(graph, info);
  const options = { target: { macs: 0.5 }, criterion: "l2" } as const;
  const model = fresh();
  const plan = planPruning(model, options);
  const work: Record<string, () => unknown> = {
    channelGroups: () => channelGroups(fresh()),
    "planPruning, groups known": () => planPruning(model, options),
    prune: () => prune(model, plan),
    "all three": () => {
      const model = fresh();
      channelGroups(model);
      prune(model, planPruning(model, options));
    },
  };
  const contestants = Object.entries(work).map(([name, one]) => ({
    name,
    step: () => timed(() => Promise.resolve(one())),
  }));
  const times = await takeTurns(contestants, rounds);
  return {
    ...section,
    rows: times.map((
      { name, best, median },
    ) => [name, digits(best! * 1000, 0), digits(median! * 1000, 0)]),
  };
};
