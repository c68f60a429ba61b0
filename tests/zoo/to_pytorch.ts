import { fileURLToPath } from "node:url";
import { loadModel } from "../../lib/io/load_model.ts";
import { saveWeights } from "../../lib/nn/save_weights.ts";
import { cutsOf } from "../../lib/prune/cuts.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { PruningPlan } from "../../lib/prune/pruning_plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";

const SCRIPT = fileURLToPath(new URL("to_pytorch_net.py", import.meta.url));
const PAGE = new URL("../../docs/to_pytorch.md", import.meta.url);

/**
 * Outputs of a pruned network here, and in PyTorch by the recipe of the page; sizes of five of its layers there, and
 * how many of its two blocks are zeros.
 */
export interface ThereAndHere {
  here: number[];
  there: number[];
  sizes: number[];
}

/** Exports a module, prunes it here, one of its blocks too where asked to, and runs what is left here and there. */
export async function thereAndHere(
  python: string,
  folder: string,
  { block = false }: { block?: boolean } = {},
): Promise<ThereAndHere> {
  await ask(python, ["export", folder]);
  const model = await loadModel(`${folder}/net.onnx`);
  const planned = planPruning(model, { target: { macs: 0.4 }, roundTo: 1, kinds: ["channels", "blocks"] });
  const groups = planned.groups.map((group) =>
    group.kind === "blocks" ? { ...group, removed: block ? [1] : [] } : group
  );
  const plan = new PruningPlan({ ...planned, groups });
  const smaller = prune(model, plan);
  for (const kind of ["pth", "safetensors"]) {
    await saveWeights(smaller, `${folder}/smaller.${kind}`, { cuts: cutsOf(model, plan) });
  }
  const sizes = (await ask(python, ["run", folder, await recipeIn(folder)])).trim().split(" ").map(Number);
  const input = new Tensor("float32", await floats(`${folder}/input.bin`), [2, 3, 8, 8]);
  const outputs = await runModel(smaller, { [model.graph.inputs[0]!]: input });
  const here = [...outputs[model.graph.outputs[0]!]!.data as Float32Array];
  return { here, there: [...await floats(`${folder}/output.bin`)], sizes };
}

/** How many modules that it cannot resize the recipe refuses; fails where it takes one. */
export async function refusedThere(python: string, folder: string): Promise<number> {
  return Number(await ask(python, ["refuse", folder, await recipeIn(folder)]));
}

/** The page's Python, as a file. */
async function recipeIn(folder: string): Promise<string> {
  const page = await Deno.readTextFile(PAGE);
  await Deno.writeTextFile(`${folder}/recipe.py`, page.match(/^```python\n([\s\S]*?)^```/m)![1]!);
  return `${folder}/recipe.py`;
}

async function floats(path: string): Promise<Float32Array> {
  return new Float32Array((await Deno.readFile(path)).buffer);
}

async function ask(python: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(python, {
    args: [SCRIPT, ...args],
    env: { PYTHONDONTWRITEBYTECODE: "1" },
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim().split("\n").at(-1)!;
}
