import { extent } from "../extent.ts";
import { own } from "../own.ts";
import { printable } from "../printable.ts";
import { type OptionNames, requireOptions } from "../options.ts";
import { textTable } from "../text_table.ts";
import { escapeXml } from "./escape_xml.ts";
import { type Cell, isEmpty, isMeasured, numberIn, writeColumn } from "./table_cells.ts";

/** Settings of {@linkcode table}. */
export interface TableOptions {
  /** Subject of the table, as one phrase. Default: none. */
  title?: string | undefined;
  /** Sentence below the table that says what to see in it. Default: none. */
  caption?: string | undefined;
  /** Columns whose best value is marked, and whether the most or the least is best. */
  best?: Readonly<Record<string, "most" | "least">> | undefined;
  /** Columns that stand behind a disclosure, with all rows. */
  foldColumns?: readonly string[] | undefined;
  /** Rows that stand behind a disclosure, with all columns. */
  foldRows?: ((row: Readonly<Record<string, Cell>>) => boolean) | undefined;
}

/** Names of {@linkcode TableOptions}. */
const TABLE_OPTIONS: OptionNames<TableOptions> = {
  title: true,
  caption: true,
  best: true,
  foldColumns: true,
  foldRows: true,
};

/**
 * Rows of cells under named columns. As the last value of a notebook cell it draws itself: numbers one point
 * below the other, measured ones with the digits that their spread allows, columns without any cell left out.
 */
export class Table {
  /** Names of the columns, with units. */
  readonly columns: readonly string[];
  /** Cells by row, in the order of the columns. */
  readonly rows: readonly (readonly Cell[])[];
  /** Subject of the table; empty where it has no title. */
  readonly title: string;
  /** Settings of its drawing. */
  readonly options: TableOptions;

  /** A title alone stands for options with nothing else. */
  constructor(
    columns: readonly string[],
    rows: readonly (readonly Cell[])[],
    options: TableOptions | string = {},
  ) {
    this.columns = columns;
    this.rows = rows;
    this.options = typeof options === "string" ? { title: options } : options;
    requireOptions("table", this.options, TABLE_OPTIONS);
    this.title = this.options.title ?? "";
  }

  /**
   * All rows and columns, with all digits, as RFC 4180 has them; measured numbers take a column more for
   * their deviation.
   */
  csv(): string {
    const measured = this.columns.map((_, i) => this.rows.some((row) => isMeasured(row[i])));
    const head = this.columns.flatMap((name, i) => measured[i] ? [name, `${name}: deviation`] : [name]);
    const lines = this.rows.map((row) =>
      this.columns.flatMap((_, i) => {
        const cell = row[i];
        if (!measured[i]) return [cell as Exclude<Cell, { mean: number }>];
        return isMeasured(cell) ? [cell.mean, cell.deviation] : [cell, undefined];
      })
    );
    return [head, ...lines].map((line) => line.map(quoted).join(",") + "\r\n").join("");
  }

  /** MIME bundle that a notebook shows. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return { "text/html": toHtml(this), "text/plain": toText(this) };
  }

  /** Text that a terminal shows. */
  [Symbol.for("Deno.customInspect")](): string {
    return printable(toText(this));
  }
}

/** A table from records; columns are the keys in the order of first appearance. */
export function table(records: readonly Record<string, Cell>[], options: TableOptions | string = {}): Table {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return new Table(columns, records.map((record) => columns.map((column) => own(record, column))), options);
}

function quoted(cell: Exclude<Cell, { mean: number }>): string {
  const text = cell === null || cell === undefined || Number.isNaN(cell) ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A table as it is drawn: texts by column, each with what is marked in it. */
interface Drawn {
  columns: { name: string; texts: string[]; best: boolean[]; numeric: boolean }[];
  rows: number;
}

/** Drawing of a table: of all of it, or of the part that is not folded away. */
function drawn({ columns, rows, options }: Table, all: boolean): Drawn {
  const { best = {}, foldColumns = [], foldRows = () => false } = options;
  const records = rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
  const shown = rows.filter((_, i) => all || !foldRows(records[i]!));
  const filled = columns.map((name, i) => ({ name, cells: shown.map((row) => row[i]) })).filter((
    { name, cells },
  ) => (cells.length === 0 || !cells.every(isEmpty)) && (all || !foldColumns.includes(name)));
  return {
    rows: shown.length,
    columns: filled.map(({ name, cells }) => {
      const column = writeColumn(cells);
      return { name, ...column, best: bestOf(cells, column.texts, best[name]) };
    }),
  };
}

/** Which cells are the best, as they are written: what rounds to the same is as good. */
function bestOf(cells: readonly Cell[], texts: readonly string[], side?: "most" | "least"): boolean[] {
  const numbers = cells.map(numberIn);
  const finite = numbers.filter(Number.isFinite);
  if (!side || finite.length < 2) return cells.map(() => false);
  const [low, high] = extent(finite);
  const value = side === "most" ? high : low;
  const mean = (text: string) => text.split("±")[0]!.replaceAll(/\s/g, "");
  const written = mean(texts[numbers.indexOf(value)]!);
  return texts.map((text) => mean(text) === written);
}

const MARK = "★";

function toText(whole: Table): string {
  const { columns, rows } = drawn(whole, false);
  const { caption } = whole.options;
  const cells = Array.from(
    { length: rows },
    (_, r) =>
      columns.map(({ texts, best }) =>
        (best[r] ? `${MARK} ` : "") + texts[r]!.replaceAll(/[\u2007\u2008]/g, " ")
      ),
  );
  const { lines: [head, ...body], widths } = textTable(
    [columns.map(({ name }) => name), ...cells],
    columns.map(({ numeric }) => numeric ? "right" : "left"),
  );
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  const hidden = foldedAway(whole);
  return [
    ...(whole.title ? [whole.title] : []),
    head!,
    rule,
    ...body,
    ...hidden ? [`(${hidden} more)`] : [],
    ...caption ? [caption] : [],
  ].join("\n");
}

/** `2 columns and 60 rows`; nothing where all is shown. */
function foldedAway(whole: Table): string {
  const [part, all] = [drawn(whole, false), drawn(whole, true)];
  const count = (number: number, word: string) =>
    number > 0 ? [`${number} ${word}${number > 1 ? "s" : ""}`] : [];
  return [
    ...count(all.columns.length - part.columns.length, "column"),
    ...count(all.rows - part.rows, "row"),
  ].join(" and ");
}

function toHtml(whole: Table): string {
  const { title } = whole;
  const { caption } = whole.options;
  const hidden = foldedAway(whole);
  return (title && `<div style="font-weight:600">${escapeXml(title)}</div>`) + htmlOf(drawn(whole, false)) +
    (hidden && `<details><summary>${hidden} more</summary>${htmlOf(drawn(whole, true))}</details>`) +
    (caption ? `<div>${escapeXml(caption)}</div>` : "");
}

/** Longer cells are sentences, and may go on in another line; so may longer phrases, but not numbers. */
const [LINE, PHRASE] = [36, 20];

/** Where a text may break: nowhere, or into lines not shorter than so. */
function breaks(text: string): string {
  if (text.length > LINE) return "min-width:15em";
  return text.length > PHRASE && !/±|^[−+-]?\d[\d.,]*( \S+)?$/.test(text)
    ? "min-width:10em"
    : "white-space:nowrap";
}

function htmlOf({ columns, rows }: Drawn): string {
  const style = (numeric: boolean, text: string) =>
    `text-align:${numeric ? "right" : "left"};padding:2px 12px 2px 0;vertical-align:top;` +
    breaks(text) + (numeric ? ";font-variant-numeric:tabular-nums" : "");
  const head = columns.map(({ name, numeric }) =>
    `<th style="text-align:${numeric ? "right" : "left"};padding:2px 12px 2px 0;vertical-align:bottom">${
      escapeXml(name)
    }</th>`
  );
  const body = Array.from({ length: rows }, (_, r) => {
    const cells = columns.map(({ texts, best, numeric }) => {
      const text = escapeXml(texts[r]!);
      return `<td style="${style(numeric, texts[r]!)}">${best[r] ? `<b>${MARK} ${text}</b>` : text}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<div style="overflow-x:auto"><table><thead><tr>${head.join("")}</tr></thead>` +
    `<tbody>${body.join("")}</tbody></table></div>`;
}
