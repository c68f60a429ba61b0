import { V8_FLAGS } from "../inside_name.ts";

/**
 * What makes the engine forget what nothing refers to, and its flag with it: code that was ended from outside
 * behind an await leaves a promise that nobody settles, for which Deno's kernel waits until it is forgotten.
 * Whoever asked for that flag keeps both.
 */
export function takeCollector(): () => void {
  const { gc } = globalThis as { gc?: () => void };
  // The kernel's own stands behind those of its user.
  const flags = (Deno.env.get(V8_FLAGS) ?? "").replace(/,?--expose-gc$/, "");
  // The engine lets it be written, but not deleted.
  if (!/--expose[-_]gc\b/.test(flags)) Reflect.set(globalThis, "gc", undefined);
  if (flags) Deno.env.set(V8_FLAGS, flags);
  else Deno.env.delete(V8_FLAGS);
  return () => gc?.();
}
