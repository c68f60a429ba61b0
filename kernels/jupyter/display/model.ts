import { type Model, summary } from "../../../lib/onnx/model.ts";
import { operatorOf } from "../../../lib/onnx/operators/table.ts";
import type { MimeBundle } from "../display.ts";
import { escapeXml } from "../../../lib/plot/escape_xml.ts";

/** A model as one line and a table of its operators. */
export function drawModel(model: Model): MimeBundle {
  const counts = new Map<string, number>();
  for (const operator of model.graph.nodes.map(operatorOf)) {
    counts.set(operator, (counts.get(operator) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const line = summary(model);
  return {
    "text/plain": `${line}\n${sorted.map(([operator, count]) => `${count} × ${operator}`).join(", ")}`,
    "text/html": `<div><div>${escapeXml(line)}</div><table><tr><th style="text-align:left">operator</th>` +
      `<th>nodes</th></tr>${
        sorted.map(([operator, count]) =>
          `<tr><td style="text-align:left">${escapeXml(operator)}</td><td>${count}</td></tr>`
        ).join("")
      }</table></div>`,
  };
}
