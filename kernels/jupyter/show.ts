import { type KernelDisplay, kernelDisplay } from "./in_kernel.ts";

/**
 * Shows values in a notebook from the middle of a cell, one below the other, as the last value of a cell
 * would show; outside a notebook it prints them.
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

/**
 * Keeps a place in a cell's output, with some words in it, for a value that comes later; gives what puts the
 * value there, which is awaited as `show` is. Outside a notebook the value is printed when it comes.
 */
export async function reserve(
  words: string,
  kernel: KernelDisplay | undefined = kernelDisplay(),
): Promise<(value: unknown) => Promise<void>> {
  if (!kernel) return show;
  const display_id = `espalier-${crypto.randomUUID()}`;
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  await kernel.display({ "text/plain": words }, { raw: true, display_id });
  await settle();
  return async (value) => {
    await kernel.display(value, { display_id, update: true });
    await settle();
  };
}
