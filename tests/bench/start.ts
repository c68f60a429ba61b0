import { fileURLToPath } from "node:url";
import { saveModel } from "../../lib/io/save_model.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { type Bench, TIME_HEAD, timeCells } from "./section.ts";
import { spent, takeTurns } from "./turns.ts";

const ROOT = new URL("../../", import.meta.url);

/** From an empty process to a first plan: a program of three lines, the command line, and what Python only imports. */
export const start: Bench = async ({ rounds, torch }) => {
  const folder = await Deno.makeTempDir();
  try {
    await saveModel(resnetCifar({ depth: 20 }), `${folder}/model.onnx`);
    await Deno.writeTextFile(
      `${folder}/plan.ts`,
      `import { loadModel, planPruning } from "${new URL("mod.ts", ROOT)}";
       planPruning(await loadModel("model.onnx"), { target: { macs: 0.5 } });`,
    );
    const deno = ["run", "--no-lock", "--no-check", "--allow-all"];
    const programs: Record<string, [string, string[]]> = {
      "a program's first plan": [Deno.execPath(), [...deno, "plan.ts"]],
      "`espalier model.onnx --macs 0.5`": [
        Deno.execPath(),
        [...deno, fileURLToPath(new URL("cli.ts", ROOT)), "model.onnx", "--macs", "0.5"],
      ],
      "`import torch`": [torch!, ["-c", "import torch"]],
      "`import torch_pruning`": [torch!, ["-c", "import torch_pruning"]],
    };
    const run = async ([program, args]: [string, string[]]) => {
      const { success, stderr } = await new Deno.Command(program, { args, cwd: folder }).output();
      if (!success) throw new Error(`Cannot time ${program}: ${new TextDecoder().decode(stderr)}`);
    };
    const times = await takeTurns(
      Object.entries(programs).map(([name, program]) => ({
        name,
        // What another process takes of the processors is not counted here.
        step: async () => ({ ...await spent(() => run(program)), processor: undefined }),
      })),
      rounds,
    );
    return {
      title: "From nothing to a first plan",
      about:
        "A process for each: a ResNet-20 is loaded and planned to half of its MACs, while Python imports what " +
        "it would do so with. Packages and compiled modules are in their caches.",
      head: ["program", ...TIME_HEAD("s").slice(0, 2)],
      rows: times.map((time) => [time.name, ...timeCells(time, "s", 2).slice(0, 2)]),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
};
