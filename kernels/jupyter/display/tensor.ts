import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import type { MimeBundle } from "../display.ts";
import { escapeXml } from "../../../lib/plot/escape_xml.ts";

const ROWS = 8;
const COLUMNS = 10;

/** A tensor as its shape, its spread, and the numbers of its first matrix (the last two dimensions). */
export function drawTensor(tensor: Tensor): MimeBundle {
  const title = `Tensor ${tensor.type}[${tensor.dims.join(", ")}]`;
  if (tensor.location !== "cpu" && tensor.location !== "cpu-pinned") {
    return { "text/plain": `${title}, on the ${tensor.location}; getData() fetches it` };
  }
  const data = tensor.data as ArrayLike<number | bigint | string>;
  const line = tensor.type === "string" ? title : `${title}  ${spread(data as ArrayLike<number | bigint>)}`;
  const columns = tensor.dims.at(-1) ?? 1;
  const rows = tensor.dims.length > 1 ? tensor.dims.at(-2)! : Math.min(1, sizeOf(tensor.dims));
  const cell = (r: number, c: number) => number(data[r * columns + c]!);
  const shown = Array.from(
    { length: Math.min(rows, ROWS, Math.ceil(sizeOf(tensor.dims) / Math.max(1, columns))) },
    (_, r) => Array.from({ length: Math.min(columns, COLUMNS) }, (_, c) => cell(r, c)),
  );
  const more = [
    rows > ROWS && `${rows - ROWS} more rows`,
    columns > COLUMNS && `${columns - COLUMNS} more columns`,
    tensor.dims.length > 2 && `the first of ${sizeOf(tensor.dims.slice(0, -2))} matrices`,
  ].filter(Boolean).join(", ");
  const table = shown.map((row) =>
    `<tr>${row.map((text) => `<td style="text-align:right">${escapeXml(text)}</td>`).join("")}</tr>`
  ).join("");
  return {
    "text/plain": [line, ...shown.map((row) => row.map((text) => text.padStart(9)).join(" ")), more]
      .filter(Boolean).join("\n"),
    "text/html": `<div><b>${escapeXml(title)}</b> ${escapeXml(line.slice(title.length))}` +
      `<table style="font-variant-numeric:tabular-nums;margin:4px 0">${table}</table>` +
      `<small>${escapeXml(more)}</small></div>`,
  };
}

/** Least, mean and largest, and how many are not finite. */
function spread(data: ArrayLike<number | bigint>): string {
  if (data.length === 0) return "empty";
  let [least, largest, sum, finite] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    largest = Math.max(largest, value);
    sum += value;
    finite++;
  }
  const odd = data.length - finite;
  const notFinite = odd ? `, ${odd} not finite` : "";
  if (finite === 0) return `no finite number${notFinite}`;
  return `min ${number(least)}, mean ${number(sum / finite)}, max ${number(largest)}${notFinite}`;
}

function number(value: number | bigint | string): string {
  if (typeof value !== "number") return String(value);
  return Number.isSafeInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
