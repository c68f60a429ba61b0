import { runCommandLine } from "../../lib/cli/run_command_line.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { inFolder } from "../in_folder.ts";
import type { Ended } from "./espalier.ts";

/** Runs the program in this process: its code, answer and complaints. */
export async function typed(...args: string[]): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCommandLine(args, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** Runs a test with the path of a small model, and the folder that it is in. */
export const withModel = (test: (path: string, folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    await saveModel(mlp({ sizes: [4, 16, 16, 3] }), `${folder}/model.onnx`);
    await test(`${folder}/model.onnx`, folder);
  });
