import { Error } from "../errors.ts";

/**
 * Refuses what needs the machine's files where there are none.
 *
 * @param action what was to be done, as `read model.onnx`
 * @param wayOut what a page does instead
 * @throws Error outside of Deno
 */
export function requireDisk(action: string, wayOut: string): void {
  if ("Deno" in globalThis) return;
  throw new Error(`Cannot ${action}: only Deno has a disk to it; in a page, ${wayOut}`);
}
