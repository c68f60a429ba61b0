import { type KernelComms, kernelComms, type KernelDisplay, kernelDisplay } from "./in_kernel.ts";
import { type Range, rangeText } from "./range.ts";
import { openSlider } from "./widget.ts";

/**
 * Shows a slider, and below it what `draw` makes of its value: a figure, a table, anything that a cell may
 * show. Whenever another value is chosen it is drawn again, in place, and is the range's `value` then.
 *
 * Where nothing draws sliders (a stored notebook, another kernel) what was drawn of the first value stands
 * below that value in words; outside a notebook both are printed.
 *
 * ```ts ignore
 * await view(range([0.2, 0.9], { step: 0.05, label: "macs to keep" }), (macs) => drawPlan(macs));
 * ```
 */
export async function view(
  range: Range,
  draw: (value: number) => unknown,
  kernel: KernelDisplay | undefined = kernelDisplay(),
  comms: KernelComms | undefined = kernelComms(),
): Promise<void> {
  const first = await draw(range.value);
  const words = rangeText(range);
  if (!kernel) {
    console.log(words);
    console.log(first);
    return;
  }
  const display_id = `espalier-view-${crypto.randomUUID()}`;
  const changed = async (value: number) => {
    range.value = value;
    const drawn = await Promise.try(draw, value).catch((error) => `${error}`);
    await kernel.display(drawn, { display_id, update: true });
  };
  const slider = comms ? await openSlider(comms, range, changed) : {};
  await kernel.display({ "text/plain": words, ...slider }, { raw: true });
  await kernel.display(first, { display_id });
  await new Promise((resolve) => setTimeout(resolve, 0)); // so that it is sent now, not with the next cell
}
