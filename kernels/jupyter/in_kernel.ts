/** Abilities of a cell under Deno's kernel. */
export interface KernelDisplay {
  /** Shows a value, or a MIME bundle where `raw`; `update` replaces what was shown under the same id. */
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
