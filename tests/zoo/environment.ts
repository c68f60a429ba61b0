import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { type Libraries, setUpLibraries } from "../../kernels/jupyter/setup/libraries.ts";
import { type Places, placesOf, ROOT } from "../../kernels/jupyter/setup/paths.ts";
import { required } from "../data.ts";

const ZOO: Libraries = {
  name: "the zoo's Python packages",
  requirements: fileURLToPath(new URL("requirements.txt", import.meta.url)),
  oldestPython: "3.11",
  note: "PyTorch, timm, transformers and ONNX Runtime (on Linux 5 GB, some three minutes)",
};

const PLACES = placesOf(join(ROOT, ".venv-zoo"));

/** Whether tests that need the zoo's Python must be skipped: `deno task zoo` sets it up, and `ESPALIER_REQUIRE` may. */
export const noZoo: boolean = !existsSync(PLACES.stamp) && !required("zoo");

/** Makes the zoo's virtual environment, unless it is there already. */
export function setUpZoo(): Promise<Places> {
  return setUpLibraries(ZOO, PLACES, (line) => console.error(line));
}
