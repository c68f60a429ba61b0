import { parseHTML } from "../../lib/plot/deps.ts";
import type { Figure } from "../../lib/plot/figure.ts";

/** Words of a figure that would break XML if they were not escaped. */
export const words = { title: "A title & its <tags>", subtitle: "where it comes from", alt: "what one sees" };

/** The elements of a figure that match a CSS selector. */
export function select(figure: Figure, selector: string): Element[] {
  return [...parseHTML(figure.svg).document.querySelectorAll(selector)] as unknown as Element[];
}
