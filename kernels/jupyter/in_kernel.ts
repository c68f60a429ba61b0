/** What a cell can do with Deno's kernel. */
export interface KernelDisplay {
  display(
    value: unknown,
    options?: { raw?: boolean; display_id?: string; update?: boolean },
  ): Promise<void>;
}

/** The kernel's display functions, or `undefined` where this is no notebook: `Deno.jupyter` throws there. */
export function kernelDisplay(): KernelDisplay | undefined {
  try {
    return Deno.jupyter as unknown as KernelDisplay;
  } catch {
    return undefined;
  }
}
