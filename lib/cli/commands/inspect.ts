import { fedInputs } from "../../onnx/topology.ts";
import type { Model } from "../../onnx/model.ts";
import { type ChannelGroup, channelGroups } from "../../prune/channel_groups.ts";
import { titleOf } from "../../prune/channels/group_title.ts";
import { planForCost } from "../../prune/plan/plan_for_cost.ts";
import { stayingLines } from "../../prune/pruning_plan.ts";
import { counted, percent } from "../../amounts.ts";
import { textTable } from "../../text_table.ts";
import type { CliCommand } from "../command.ts";
import { costNotes, costOf, costTable, storedNote } from "../costs.ts";
import { MODEL_OPTIONS, openModel } from "../open_model.ts";
import { shapesOf } from "../values.ts";

/** `inspect`: what a model is and what pruning could do with it. */
export const inspect: CliCommand = {
  about:
    "Says what a model is: its inputs and outputs, what each operator costs, which channels belong together, " +
    "which must stay and why, and the least that pruning can leave. Nothing is run.",
  arguments: { "<in>": "model to look at: .onnx, .gguf, sparse .safetensors, or weights with --network" },
  options: [
    { flags: "--shape <input=sizes>", about: "sizes of an input whose sizes are not known", many: true },
    ...MODEL_OPTIONS,
  ],
  examples: {
    "inspect model.onnx": "as tables",
    "inspect model.onnx --json": "as JSON, for programs",
  },
  async run([path], given) {
    const model = await openModel(path!, given);
    const shapes = shapesOf(given, model);
    const cost = costOf(model, shapes);
    const groups = channelGroups(model);
    const free = groups.prunable;
    const kept = groups.groups.filter(({ protectedBy }) => protectedBy.length > 0);
    const { reachable, before } = planForCost(model, { target: { bytes: 1 }, ...shapes });
    const least = (["macs", "parameters", "bytes"] as const).filter((kind) => before[kind] > 0)
      .map((kind) => `${percent(reachable[kind] / before[kind])} of ${kind}`);
    const text = [
      ...identity(path!, model),
      "",
      ...costTable(cost),
      ...storedNote(cost),
      ...costNotes(cost),
      "",
      `${counted(free.length, "group")} of channels may lose some`,
      ...free.length > 0 ? groupTable(free) : [],
      "",
      `${counted(kept.length, "group")} stay${kept.length === 1 ? "s" : ""}`,
      ...stayingLines(kept.map((group) => ({ ...group, why: group.protectedBy }))).map((line) => `  ${line}`),
      ...groups.boundaries.map(({ node }) => `  knowledge of channels ends at ${node}`),
      "",
      free.length > 0
        ? `The least that pruning can leave: ${least.join(", ")}`
        : "Pruning cannot take anything away: no group may lose a channel",
    ].join("\n");
    const { info } = model;
    const data = {
      producer: info.producer,
      opsets: info.opsets,
      inputs: valuesOf(model, fedInputs(model.graph)),
      outputs: valuesOf(model, model.graph.outputs),
      ...cost,
      groups: free.map(plain),
      protected: kept.map((group) => ({ ...plain(group), why: group.protectedBy })),
      boundaries: groups.boundaries,
      reachable,
    };
    return { text, data };
  },
};

function identity(path: string, model: Model): string[] {
  const { info, graph } = model;
  const line = (what: string, values: ReturnType<typeof valuesOf>) =>
    Object.entries(values).map(([name, { type, shape }]) =>
      `${what} ${name}: ${type ?? "?"} [${shape?.join(", ") ?? "?"}]`
    );
  const opsets = Object.entries(info.opsets).map(([domain, version]) => `${domain || "ai.onnx"} ${version}`);
  return [
    `${path}: "${graph.name}"${
      info.producer ? `, written by ${info.producer.name} ${info.producer.version}` : ""
    }`,
    `operator sets ${opsets.join(", ")}`,
    ...line("input", valuesOf(model, fedInputs(graph))),
    ...line("output", valuesOf(model, graph.outputs)),
  ];
}

function valuesOf({ graph }: Model, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => {
    const { type, shape } = graph.values.get(name) ?? {};
    return [name, { type, shape }];
  }));
}

const plain = ({ name, layer, channels, slots }: ChannelGroup) => ({
  name,
  layer,
  channels,
  places: slots.map(({ tensor, axis, role }) => ({ tensor, axis, role })),
});

function groupTable(groups: readonly ChannelGroup[]): string[] {
  return textTable(
    [
      ["  group", "channels", "places"],
      ...groups.map((group) => [`  ${titleOf(group)}`, `${group.channels}`, `${group.slots.length}`]),
    ],
    ["left", "right", "right"],
  ).lines;
}
