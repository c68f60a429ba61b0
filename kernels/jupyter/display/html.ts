import { escapeXml } from "../../../lib/plot/escape_xml.ts";

/** Style of a cell of words, and of one of numbers. */
export const CELL = `style="text-align:left;padding:1px 12px 1px 0"`;
export const NUMBER =
  `style="text-align:right;padding:1px 12px 1px 0;white-space:nowrap;font-variant-numeric:tabular-nums"`;

/** Colours of what stays, and of what goes. */
export const [STAYS, GOES] = ["#346b96", "#a8b0ba"];

/** A bar of parts beside each other, each so many px wide and of a colour. */
export function bar(parts: readonly (readonly [width: number, color: string])[]): string {
  const spans = parts.map(([width, color]) =>
    `<span style="display:inline-block;height:9px;width:${width.toFixed(1)}px;background:${color}"></span>`
  );
  return `<span style="white-space:nowrap">${spans.join("")}</span>`;
}

/** What counts leave out, a line each. */
export function notCounted(nodes: readonly string[] = []): string {
  return nodes.map((node) => `<div>Not counted: ${escapeXml(node)}</div>`).join("");
}
