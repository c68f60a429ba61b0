/** What the page of the doors' test runs: every door that a page may open, loaded, and the first in use. */
import "../../lib/bundle/mod.ts";
import * as espalier from "../../mod.ts";
import * as all from "../../lib/all.ts";
import * as onnx from "../../lib/onnx/mod.ts";
import * as io from "../../lib/io/mod.ts";
import * as runtime from "../../lib/runtime/mod.ts";
import * as formats from "../../lib/formats/mod.ts";
import * as nn from "../../lib/nn/mod.ts";
import * as train from "../../lib/train/mod.ts";
import * as prune from "../../lib/prune/mod.ts";
import * as sparse from "../../lib/sparse/mod.ts";
import * as compress from "../../lib/compress/mod.ts";
import * as data from "../../lib/data/mod.ts";
import * as superres from "../../lib/superres/mod.ts";
import * as metagraph from "../../lib/metagraph/mod.ts";
import * as metanet from "../../lib/metanet/mod.ts";
import * as experiment from "../../lib/experiment/mod.ts";
import * as drawings from "../../lib/drawings/mod.ts";
import * as plot from "../../lib/plot/mod.ts";
import * as statistics from "../../lib/statistics/mod.ts";
import * as text from "../../lib/text/mod.ts";
import * as chat from "../../lib/chat/mod.ts";
import * as questions from "../../lib/questions/mod.ts";
import * as ctr from "../../lib/ctr/mod.ts";
import * as agents from "../../lib/agents/mod.ts";
import * as transformer from "../../lib/transformer/mod.ts";
import * as networkMap from "../../lib/transformer/network_map.ts";
import * as lm from "../../lib/lm/mod.ts";
import * as evaluation from "../../lib/evaluation/mod.ts";
import * as distillation from "../../lib/distillation/mod.ts";
import * as interpretation from "../../lib/interpretation/mod.ts";
import * as webgpu from "../../kernels/webgpu/mod.ts";

/** The doors by the names that `deno.json` has for them. */
const doors: Record<string, object> = {
  ".": espalier,
  "./all": all,
  "./onnx": onnx,
  "./io": io,
  "./runtime": runtime,
  "./formats": formats,
  "./nn": nn,
  "./train": train,
  "./prune": prune,
  "./sparse": sparse,
  "./compress": compress,
  "./data": data,
  "./superres": superres,
  "./metagraph": metagraph,
  "./metanet": metanet,
  "./experiment": experiment,
  "./drawings": drawings,
  "./plot": plot,
  "./statistics": statistics,
  "./text": text,
  "./chat": chat,
  "./questions": questions,
  "./ctr": ctr,
  "./agents": agents,
  "./transformer": transformer,
  "./transformer/map": networkMap,
  "./lm": lm,
  "./evaluation": evaluation,
  "./distillation": distillation,
  "./interpretation": interpretation,
  "./webgpu": webgpu,
};

/** What the page offers to the test that drives it. */
export interface DoorsPage {
  /** Names that each door gives. */
  doors: Record<string, string[]>;
  /** Prunes a model and runs it and its mask; files of the engine lie in a folder. */
  tryOut(wasmPaths: string): Promise<TriedOut>;
}

/** What came of the try. */
export interface TriedOut {
  /** Largest difference between the pruned model and the masked one. */
  difference: number;
  /** The engine in words. */
  device: string;
  /** The pruned model as a file. */
  bytes: number[];
  /** The network's drawing. */
  svg: string;
  /** The error of a path, which a page cannot read. */
  path: string;
}

async function tryOut(wasmPaths: string): Promise<TriedOut> {
  const model = espalier.mlp({ sizes: [4, 32, 3], seed: 1 });
  const plan = espalier.planPruning(model, { target: { macs: 0.5 } });
  const smaller = espalier.prune(model, plan);
  const runtime = await espalier.openRuntime({ engine: "wasm", threads: 2, wasmPaths });
  const difference = await prune.checkPruned(model, smaller, plan, { runtime });
  const path = await espalier.loadModel("model.onnx").then(() => "", (error: Error) => error.message);
  return {
    difference,
    device: runtime.device,
    bytes: [...smaller.toOnnx()],
    svg: drawings.drawChannelGroups(espalier.channelGroups(model)).svg,
    path,
  };
}

const page: DoorsPage = {
  doors: Object.fromEntries(Object.entries(doors).map(([door, names]) => [door, Object.keys(names)])),
  tryOut,
};
Object.assign(globalThis, page);
