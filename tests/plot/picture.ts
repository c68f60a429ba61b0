import { strictEqual } from "node:assert/strict";
import type { Figure } from "../../lib/plot/figure.ts";

/**
 * Compares a figure with the stored picture of that name. Where they differ the new one is written beside it;
 * look at both, and if the new one is right, let it take the old one's place (`ESPALIER_PICTURES=update`).
 */
export function assertPicture(figure: Figure, name: string): void {
  const stored = new URL(`./pictures/${name}.svg`, import.meta.url);
  const update = Deno.env.get("ESPALIER_PICTURES") === "update";
  const before = update ? undefined : read(stored);
  if (update) Deno.writeTextFileSync(stored, figure.svg + "\n");
  else if (before !== figure.svg + "\n") {
    const fresh = new URL(`./pictures/${name}.new.svg`, import.meta.url);
    Deno.writeTextFileSync(fresh, figure.svg + "\n");
    strictEqual(
      figure.svg + "\n",
      before,
      `picture ${name} differs from the stored one; see ${name}.new.svg`,
    );
  }
}

function read(url: URL): string | undefined {
  try {
    return Deno.readTextFileSync(url);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
