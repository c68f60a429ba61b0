/**
 * Espalier in a notebook: importing this makes models and tensors draw themselves as a cell's last value.
 *
 * ```ts ignore
 * import { progress, show } from "../kernels/jupyter/mod.ts";
 * await show(model);
 * ```
 *
 * @module
 */
import { teachDisplay } from "./display.ts";

export { ask } from "./ask.ts";
export {
  type Drawing,
  drawing,
  DRAWINGS,
  type MimeBundle,
  registerDisplay,
  teachDisplay,
} from "./display.ts";
export { type KernelComms, kernelComms, type KernelDisplay, kernelDisplay } from "./in_kernel.ts";
export { notebookProgress, progress, textProgress } from "./progress.ts";
export { named, type Progress, silent } from "../../lib/progress.ts";
export { type Range, range, type RangeOptions } from "./range.ts";
export { resultsFolder } from "./results_folder.ts";
export { runLine, type RunSource } from "./run_line.ts";
export { reserve, show } from "./show.ts";
export { view } from "./view.ts";

teachDisplay();
