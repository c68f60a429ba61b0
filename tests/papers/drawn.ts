import assert from "node:assert/strict";
import { importResvg } from "../../lib/plot/deps.ts";
import type { Figure } from "../../lib/plot/figure.ts";
import { select } from "../plot/select.ts";

/** Fails unless a figure is whole: valid XML, no number that is none, and these words in it. */
export async function assertDrawn(figure: Figure, words: readonly string[]): Promise<void> {
  const { Resvg } = await importResvg();
  new Resvg(figure.svg); // a strict parser
  assert.doesNotMatch(figure.svg, /NaN|undefined|Infinity/, figure.title);
  const text = select(figure, "text").map(({ textContent }) => textContent).join(" ");
  for (const word of words) assert.ok(text.includes(word), `"${figure.title}" lacks "${word}": ${text}`);
}
