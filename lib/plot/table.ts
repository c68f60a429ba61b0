import { textTable } from "../text_table.ts";
import { escapeXml } from "./escape_xml.ts";

/** A cell: text and numbers as they are. */
export type Cell = string | number | boolean | null | undefined;

/** Rows of cells under named columns. As the last value of a notebook cell it draws itself. */
export class Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly title: string;

  constructor(columns: readonly string[], rows: readonly (readonly Cell[])[], title = "") {
    this.columns = columns;
    this.rows = rows;
    this.title = title;
  }

  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/html": toHtml(this), "text/plain": toText(this) };
  }

  [Symbol.for("Deno.customInspect")](): string {
    return toText(this);
  }
}

/** A table from records; columns are the keys in the order of first appearance. */
export function table(records: readonly Record<string, Cell>[], title = ""): Table {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return new Table(columns, records.map((record) => columns.map((column) => record[column])), title);
}

function write(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell !== "number" || Number.isInteger(cell)) return cell.toLocaleString("en");
  return Math.abs(cell) >= 1e-3 && Math.abs(cell) < 1e6
    ? cell.toLocaleString("en", { maximumSignificantDigits: 5 })
    : cell.toExponential(3);
}

function toText({ columns, rows, title }: Table): string {
  const { lines: [head, ...body], widths } = textTable(
    [columns, ...rows.map((row) => row.map(write))],
    alignments({ columns, rows }),
  );
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [...(title ? [title] : []), head!, rule, ...body].join("\n");
}

/** Columns of numbers stand to the right. */
function alignments({ columns, rows }: Pick<Table, "columns" | "rows">): ("left" | "right")[] {
  return columns.map((_, i) =>
    rows.length > 0 && rows.every((row) => typeof row[i] !== "string") ? "right" : "left"
  );
}

function toHtml({ columns, rows, title }: Table): string {
  const align = alignments({ columns, rows });
  const td = (tag: string, text: string, i: number) =>
    `<${tag} style="text-align:${align[i]};padding:2px 12px 2px 0;font-variant-numeric:tabular-nums">` +
    `${escapeXml(text)}</${tag}>`;
  return `<table>${
    title && `<caption style="text-align:left;font-weight:600">${escapeXml(title)}</caption>`
  }` +
    `<thead><tr>${columns.map((c, i) => td("th", c, i)).join("")}</tr></thead>` +
    `<tbody>${rows.map((row) => `<tr>${row.map((c, i) => td("td", write(c), i)).join("")}</tr>`).join("")}` +
    `</tbody></table>`;
}
