import { type Model, summary } from "../../../lib/onnx/model.ts";
import type { MimeBundle } from "../display.ts";
import { escapeXml } from "../../../lib/plot/escape_xml.ts";

/** A model as one line and a table of its operators. */
export function drawModel(model: Model): MimeBundle {
  const counts = new Map<string, number>();
  for (const { op } of model.graph.nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const line = summary(model);
  return {
    "text/plain": `${line}\n${sorted.map(([op, count]) => `${count} × ${op}`).join(", ")}`,
    "text/html": `<div><div>${escapeXml(line)}</div><table><tr><th style="text-align:left">operator</th>` +
      `<th>nodes</th></tr>${
        sorted.map(([op, count]) =>
          `<tr><td style="text-align:left">${escapeXml(op)}</td><td>${count}</td></tr>`
        ).join("")
      }</table></div>`,
  };
}
