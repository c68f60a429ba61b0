/** Abilities of a cell under Deno's kernel. */
export interface KernelDisplay {
  /** Shows a value, or a MIME bundle where `raw`; `update` replaces what was shown under the same id. */
  display(
    value: unknown,
    options?: { raw?: boolean; display_id?: string; update?: boolean },
  ): Promise<void>;
}

/** Abilities of a cell under Espalier's kernel: to talk with its twin in a browser. */
export interface KernelComms {
  /** Sends a message of this type to all clients. */
  broadcast(
    type: string,
    content: Record<string, unknown>,
    extras?: { metadata?: Record<string, unknown> },
  ): Promise<void>;
  /**
   * Hears, by a comm's id, what clients say by it, and `undefined` when one closes it. What it gives is said
   * in answer.
   */
  listeners: Map<string, (data: Record<string, unknown> | undefined) => unknown>;
}

/** The kernel's display functions, or `undefined` where this is no notebook: `Deno.jupyter` throws there. */
export function kernelDisplay(): KernelDisplay | undefined {
  try {
    return Deno.jupyter as unknown as KernelDisplay;
  } catch {
    return undefined;
  }
}

/** The kernel's comms, or `undefined` where this is no notebook, or one on another kernel. */
export function kernelComms(): KernelComms | undefined {
  const listeners = (globalThis as Record<symbol, unknown>)[Symbol.for("espalier.comms")];
  const kernel = kernelDisplay() as (KernelDisplay & Pick<KernelComms, "broadcast">) | undefined;
  if (!kernel || !(listeners instanceof Map)) return undefined;
  return { broadcast: (type, content, extras) => kernel.broadcast(type, content, extras), listeners };
}
