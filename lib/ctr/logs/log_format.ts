import { RangeError } from "../../errors.ts";
import { type OptionNames, requireOptions } from "../../options.ts";
import { sqlName } from "./database.ts";

/** One field that is made of a log's columns. */
export interface LogField {
  /** Name of the field. */
  name: string;
  /**
   * DuckDB's SQL for its value as text, over the columns, which are text; missing cells are NULL there. Where
   * it gives NULL, the value is `""`.
   */
  value: string;
  /** Columns that must hold numbers, or nothing, where the value is computed. */
  numbers?: readonly string[] | undefined;
  /** Whether all values are kept, however seldom they are. */
  whole?: boolean;
}

/** How a log is laid out: a table of what its columns are, and what is made of them. */
export interface LogFormat {
  /** Name of the format. */
  name: string;
  /** Columns of the file, in order. */
  columns: readonly string[];
  /** Characters between the cells of a text file. */
  separator: string;
  /** Column that says whether somebody clicked. */
  label: string;
  /** SQL that is true for a click, over the columns. Default: the label is 1, and otherwise must be 0. */
  clicked?: string;
  /** The fields, in order. */
  fields: readonly LogField[];
  /** SQL for the time of a row, a number, by which the log can be split. */
  time?: string | undefined;
  /** Columns that must hold numbers, or nothing, beside those of the fields. */
  numbers?: readonly string[] | undefined;
}

/** A field that is a column as it stands; an empty cell is a value of its own. */
export function columnField(column: string): LogField {
  return { name: column, value: `coalesce(${sqlName(column)}, '')` };
}

const numbered = (stem: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${stem}${from + i}`);

/** ⌊ln(v)²⌋ for v above 2, v itself below, and a value of its own where there is none. */
function bucketField(column: string): LogField {
  const v = `try_cast(${sqlName(column)} AS DOUBLE)`;
  return {
    name: column,
    value:
      `CASE WHEN ${v} IS NULL THEN 'nan' WHEN ${v} > 2 THEN CAST(CAST(floor(power(ln(${v}), 2)) AS BIGINT) ` +
      `AS VARCHAR) ELSE CAST(CAST(trunc(${v}) AS BIGINT) AS VARCHAR) END`,
    numbers: [column],
    whole: true,
  };
}

/**
 * Criteo's display advertising challenge: a label, 13 counts, which go into buckets, and 26 categories. As
 * OptEmbed's released code prepares it.
 */
export function criteo(): LogFormat {
  const [counts, categories] = [numbered("I", 1, 13), numbered("C", 1, 26)];
  return {
    name: "Criteo",
    columns: ["label", ...counts, ...categories],
    separator: "\t",
    label: "label",
    fields: [...counts.map(bucketField), ...categories.map(columnField)],
  };
}

/**
 * Avazu's challenge: `hour` gives the hour of the day, the weekday (0: Sunday) and whether it is a weekend.
 */
export function avazu(): LogFormat {
  const features = [
    ...[
      "C1",
      "banner_pos",
      "site_id",
      "site_domain",
      "site_category",
      "app_id",
      "app_domain",
      "app_category",
    ],
    ...["device_id", "device_ip", "device_model", "device_type", "device_conn_type"],
    ...numbered("C", 14, 21),
  ];
  const day = `strptime(substr("hour", 1, 6), '%y%m%d')`;
  return {
    name: "Avazu",
    columns: ["id", "click", "hour", ...features],
    separator: ",",
    label: "click",
    fields: [
      { name: "hour", value: `CAST(CAST(substr("hour", 7, 2) AS INTEGER) AS VARCHAR)`, numbers: ["hour"] },
      ...features.map(columnField),
      { name: "weekday", value: `CAST(dayofweek(${day}) AS VARCHAR)`, numbers: ["hour"] },
      {
        name: "is_weekend",
        value: `CASE WHEN dayofweek(${day}) IN (0, 6) THEN '1' ELSE '0' END`,
        numbers: ["hour"],
      },
    ],
    time: `CAST("hour" AS BIGINT)`,
  };
}

/** Settings of {@linkcode kdd12}. */
export interface Kdd12Options {
  /**
   * Whether `Impression` is a field, as published: how often that very row was shown, which is only known
   * afterwards. Default false.
   */
  impression?: boolean | undefined;
}

/** KDD Cup 2012, track 2: a row is an advertisement with its number of clicks; one click or more counts. */
export function kdd12(options: Kdd12Options = {}): LogFormat {
  requireOptions("kdd12", options, { impression: true });
  const { impression = false } = options;
  const features = [
    ...["DisplayURL", "AdID", "AdvertiserID", "Depth", "Position", "QueryID", "KeywordID", "TitleID"],
    ...["DescriptionID", "UserID"],
  ];
  return {
    name: "KDD12",
    columns: ["Click", "Impression", ...features],
    separator: "\t",
    label: "Click",
    clicked: `CASE WHEN CAST("Click" AS BIGINT) > 0 THEN 1 ELSE 0 END`,
    fields: [...impression ? ["Impression"] : [], ...features].map(columnField),
  };
}

/** Settings of {@linkcode clickCsv}. */
export interface ClickCsvOptions {
  /** Columns of the file, in order; {@linkcode headerOf} reads them where they are its first line. */
  columns: readonly string[];
  /** Column with 1 for a click and 0 for none. */
  label: string;
  /** Columns that are fields. Default: all others. */
  fields?: readonly string[] | undefined;
  /** What stands between columns. Default `,`. */
  separator?: string | undefined;
  /** Column with a number by which rows are in time. */
  time?: string | undefined;
}

/** Names of {@linkcode ClickCsvOptions}. */
const CLICK_CSV_OPTIONS: OptionNames<ClickCsvOptions> = {
  columns: true,
  label: true,
  fields: true,
  separator: true,
  time: true,
};

/**
 * A log of one's own.
 *
 * @throws RangeError where a column is named that the file has not, or twice, or the label is among the
 * fields
 */
export function clickCsv(options: ClickCsvOptions): LogFormat {
  requireOptions("clickCsv", options, CLICK_CSV_OPTIONS);
  const { columns, label, fields, separator = ",", time } = options;
  const chosen = fields ?? columns.filter((column) => column !== label);
  for (const [what, names] of [["columns", columns], ["fields", chosen]] as const) {
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice === undefined) continue;
    throw new RangeError(`Cannot read a log whose ${what} name "${twice}" twice: expected each name once`);
  }
  if (chosen.includes(label)) {
    throw new RangeError(
      `Cannot read a log whose label "${label}" is among its fields: a model would be told what it is to ` +
        "foresee; take it out of the fields",
    );
  }
  const missing = [label, ...chosen, ...time === undefined ? [] : [time]].find((name) =>
    !columns.includes(name)
  );
  if (missing !== undefined) {
    throw new RangeError(
      `Cannot read a log by column "${missing}": expected one of its columns ${columns.join(", ")}`,
    );
  }
  return {
    name: "CSV",
    columns,
    separator,
    label,
    fields: chosen.map(columnField),
    time: time === undefined ? undefined : `CAST(${sqlName(time)} AS DOUBLE)`,
    numbers: time === undefined ? undefined : [time],
  };
}
