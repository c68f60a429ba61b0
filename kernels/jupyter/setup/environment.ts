import { fileURLToPath } from "node:url";
import { existsSync } from "node:fs";
import { checkKernel, installKernelspec, ownKernelspec } from "./kernelspec.ts";
import { hashOf, holdLock, installLibraries, type Libraries, readStamp, writeStamp } from "./libraries.ts";
import { type Places, placesOf } from "./paths.ts";

/** Settings of {@linkcode setUpJupyter}. */
export interface SetupOptions {
  /** Where to set up. Default: the repository's `.venv`. */
  places?: Places | undefined;
  /** Hears what is being done, when it takes time. */
  say?: ((line: string) => void) | undefined;
  /** More environment variables for Python and pip. */
  env?: Record<string, string> | undefined;
}

const JUPYTER: Libraries = {
  name: "JupyterLab",
  requirements: fileURLToPath(new URL("../requirements.txt", import.meta.url)),
  oldestPython: "3.10",
  note: "JupyterLab and nbclient (about 100 packages, a minute or two the first time)",
};

/**
 * Makes the virtual environment with JupyterLab, nbclient and the kernel, unless it is there already.
 *
 * Only a completed set-up leaves a stamp; without it everything is made anew (pip keeps its downloads). Two
 * set-ups at once wait for each other. What a user can mend is a {@linkcode UserProblem}.
 */
export async function setUpJupyter(
  { places = placesOf(), say = (line) => console.error(line), env = {} }: SetupOptions = {},
): Promise<Places> {
  const libraries = await hashOf(JUPYTER, places);
  const spec = JSON.stringify(ownKernelspec(places));
  const kernel = `${libraries} ${Deno.version.deno} ${Deno.build.target} ${spec}`;
  if (await isDone(places, libraries, kernel)) return places;

  await using _lock = await holdLock(places.lock, say);
  if (await isDone(places, libraries, kernel)) return places; // by the one we waited for
  const there = ["jupyter", "python"].every((name) => existsSync(places.program(name)));
  if (!there || (await readStamp(places))?.libraries !== libraries) {
    await installLibraries(JUPYTER, places, say, env);
    await writeStamp(places, { libraries });
  }
  say("Installing the Jupyter kernel “Deno (Espalier)” and trying it");
  await installKernelspec(places);
  await checkKernel(places);
  await writeStamp(places, { libraries, kernel });
  return places;
}

async function isDone(places: Places, libraries: string, kernel: string): Promise<boolean> {
  const stamp = await readStamp(places);
  return stamp?.libraries === libraries && stamp.kernel === kernel &&
    [places.deno, places.kernelspec, places.program("jupyter"), places.program("python")].every(existsSync);
}
