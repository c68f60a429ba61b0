import { delimiter, dirname } from "node:path";
import { setUpJupyter } from "../kernels/jupyter/setup/environment.ts";
import { fetchPackages } from "../kernels/jupyter/setup/packages.ts";
import { KERNEL_NAME } from "../kernels/jupyter/kernelspec.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";

/** How the task is used. */
export const HELP: string = `deno task lab [anything that jupyter lab takes]

Opens JupyterLab on the notebooks, with the kernel that runs them: both are set up inside this folder first.`;

/** Arguments with which the bar below shows processor time beside the memory. */
export const STATUS_BAR: readonly string[] = ["--ResourceUseDisplay.track_cpu_percent=True"];

/** Opens JupyterLab on the notebooks; arguments go to `jupyter lab`. */
export async function task(args: string[]): Promise<number> {
  await fetchPackages();
  const places = await setUpJupyter();
  const child = new Deno.Command(places.program("jupyter"), {
    args: [
      "lab",
      // The whole repository, in which notebooks link to pages; it opens on the notebooks.
      `--ServerApp.root_dir=${ROOT}`,
      "--LabApp.default_url=/lab/tree/notebooks/00_tour.ipynb",
      `--MappingKernelManager.default_kernel_name=${KERNEL_NAME}`,
      ...STATUS_BAR,
      ...asRoot(),
      ...args,
    ],
    env: { PATH: `${dirname(places.program("jupyter"))}${delimiter}${Deno.env.get("PATH") ?? ""}` },
  }).spawn();
  Deno.addSignalListener("SIGINT", () => {}); // from a terminal Jupyter gets it too, and asks whether to stop
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
  return (await child.status).code;
}

/** Jupyter refuses to run for root, as in containers, unless it is told that this is meant. */
function asRoot(): string[] {
  return Deno.build.os !== "windows" && Deno.uid() === 0 ? ["--allow-root"] : [];
}
