import type { Json } from "../protocol/wire.ts";

/** A cell as the protocol tells it: session, number of its line, code. */
type Row = [session: number, line: number, code: string];
/** A cell with what it showed, which is not kept. */
type RowWithOutput = [session: number, line: number, codeAndOutput: [code: string, output: null]];

/** The cells that ran since the kernel began: none are kept beyond it. */
export interface History {
  /** Remembers a cell. */
  add(code: string): void;
  /** Entries that a `history_request` asks for: the last ones, a range, or those like a pattern. */
  find(request: Json): Row[] | RowWithOutput[];
}

/** An empty history. */
export function openHistory(): History {
  const codes: string[] = [];
  const rows = () => codes.map((code, i): Row => [1, i + 1, code]);
  const last = (found: Row[], n: unknown) => found.slice(-(Number(n) || found.length || 1));
  const ways: Record<string, (request: Json) => Row[]> = {
    tail: ({ n }) => last(rows(), n),
    range: ({ start, stop }) => rows().slice(Math.max(0, Number(start ?? 1) - 1), Number(stop ?? 1e9) - 1),
    search({ pattern, unique, n }) {
      const like = globToRegExp(String(pattern ?? "*"));
      const found = rows().filter(([, , code]) => like.test(code));
      return last(unique ? [...new Map(found.map((row) => [row[2], row])).values()] : found, n);
    },
  };
  return {
    add: (code) => void codes.push(code),
    find(request) {
      const found = ways[String(request.hist_access_type)]?.(request) ?? [];
      return request.output
        ? found.map(([session, line, code]): RowWithOutput => [session, line, [code, null]])
        : found;
    },
  };
}

function globToRegExp(glob: string): RegExp {
  const escaped = glob.replaceAll(/[\\^$.|+()[\]{}]/g, "\\$&").replaceAll("*", "[^]*").replaceAll("?", "[^]");
  return new RegExp(`^${escaped}$`);
}
