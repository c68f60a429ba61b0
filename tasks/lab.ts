import { join } from "node:path";
import { setUpJupyter } from "../kernels/jupyter/setup/environment.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";

/** Opens JupyterLab on the notebooks; arguments go to `jupyter lab`. */
export async function task(args: string[]): Promise<number> {
  const places = await setUpJupyter();
  Deno.addSignalListener("SIGINT", () => {}); // Jupyter gets it too, and asks whether to stop
  const { code } = await new Deno.Command(places.program("jupyter"), {
    args: ["lab", `--ServerApp.root_dir=${join(ROOT, "notebooks")}`, ...asRoot(), ...args],
    env: { PATH: `${join(places.venv, "bin")}:${Deno.env.get("PATH") ?? ""}` },
  }).spawn().status;
  return code;
}

/** Jupyter refuses to run for root, as in containers, unless it is told that this is meant. */
function asRoot(): string[] {
  return Deno.build.os !== "windows" && Deno.uid() === 0 ? ["--allow-root"] : [];
}
