import { kernelDisplay } from "./in_kernel.ts";

/**
 * Shows values in a notebook from the middle of a cell, one below the other, as the last value of a cell would
 * show; outside a notebook it prints them.
 *
 * Await it: the kernel says that a cell is done before it has sent everything, and most programs that run
 * notebooks drop what comes later. After this nothing is outstanding.
 */
export async function show(...values: unknown[]): Promise<void> {
  const kernel = kernelDisplay();
  for (const value of values) {
    if (kernel) await kernel.display(value);
    else console.log(value);
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
}
