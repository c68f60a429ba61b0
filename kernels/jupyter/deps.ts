/**
 * The npm dependencies of the notebook kernel, in full and pinned; what is heavy is imported when first used.
 */
import { importPackage } from "../../lib/deps.ts";
import type ts from "npm:typescript@5.9.3";

export type { ts as TypeScript };

/** TypeScript's parser: reads cells before they run. */
export const importTypeScript = async (): Promise<typeof ts> =>
  (await importPackage<{ default: typeof ts }>("npm:typescript@5.9.3")).default;
