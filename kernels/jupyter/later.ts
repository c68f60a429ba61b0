import { escapeXml } from "../../lib/plot/escape_xml.ts";
import { type KernelDisplay, kernelDisplay } from "./in_kernel.ts";

/** A place in a notebook that is filled from a later cell. */
export interface Later {
  /** Shows a value there, in place of what stands there. Outside a notebook it prints it. */
  show(value: unknown): Promise<void>;
}

/**
 * Holds a place in the output of the cell that calls it, so that what takes long to compute can stand where a reader
 * begins: a cell further down fills it.
 *
 * @param until what stands there before: a word on what will
 */
export async function later(
  until: string,
  kernel: KernelDisplay | undefined = kernelDisplay(),
): Promise<Later> {
  const display_id = `espalier-later-${crypto.randomUUID()}`;
  await kernel?.display({ "text/plain": until, "text/html": `<em>${escapeXml(until)}</em>` }, {
    raw: true,
    display_id,
  });
  return {
    async show(value) {
      if (kernel) await kernel.display(value, { display_id, update: true });
      else console.log(value);
      await new Promise((resolve) => setTimeout(resolve, 0)); // so that it is sent now
    },
  };
}
