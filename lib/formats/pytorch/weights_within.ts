/**
 * Finds the weights in a tree of dictionaries and lists, as training programs save them, and names them by
 * their paths.
 */
import { TypeError } from "../../errors.ts";
import { quoted } from "../../printable.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { unreadable } from "../archives/cursor.ts";
import { isUnreadable, type Unreadable } from "../left_out.ts";
import { requireFew } from "../most_tensors.ts";

/**
 * Under these keys training programs keep the weights beside everything else, likeliest first; averages come
 * last.
 */
const WEIGHT_KEYS = [
  "state_dict",
  "model_state_dict",
  "model",
  "net",
  "params",
  "params_ema",
  "state_dict_ema",
  "ema_state_dict",
  "model_ema",
  "ema",
];

/** Nesting that is followed; deeper is no checkpoint. */
const MOST_DEPTH = 32;

/** Characters of a path; real names have a hundred. */
const LONGEST_NAME = 4096;

/** How many keys a message names. */
const LISTED = 8;

type Container = Map<unknown, unknown> | readonly unknown[];

/** Tensors in one part of a file. */
export interface Weights {
  /** Tensors by path, in file order. */
  readonly tensors: Map<string, Tensor>;
  /** Why other parts are not among them, by path. */
  readonly reasons: Map<string, string>;
}

/**
 * The tensors under `key`, named by the rest of their path; without a key those under the likeliest one,
 * level by level, and what lies beside them among the reasons.
 *
 * @param name of the file, for errors
 */
export function weightsWithin(root: unknown, key: string | undefined, name: string): Weights {
  const count = counter(name);
  count(root);
  if (key === undefined) {
    const { value, reasons } = likeliest(root, count);
    return collect(value, { reasons, count, name });
  }
  const value = under(root, key);
  if (value !== undefined && count(value) > 0) {
    const part = isContainer(value) ? value : new Map([[key.slice(key.lastIndexOf(".") + 1), value]]);
    return collect(part, { reasons: new Map(), count, name });
  }
  throw new TypeError(
    `Cannot read ${quoted(key)} of ${name}: expected a key with tensors under it, ${keysOf(root, count)}`,
  );
}

function keysOf(root: unknown, count: Count): string {
  const keys = entriesOf(root).filter(([, item]) => count(item) > 0).map(([key]) => JSON.stringify(key));
  if (keys.length === 0) return "found none in this file";
  const more = keys.length > LISTED ? ` and ${keys.length - LISTED} more` : "";
  return `such as ${keys.slice(0, LISTED).join(", ")}${more}`;
}

function isContainer(value: unknown): value is Container {
  return value instanceof Map || Array.isArray(value);
}

function isTensorLike(value: unknown): value is Tensor | Unreadable {
  return value instanceof Tensor || isUnreadable(value);
}

/** The entries whose key can be part of a name. */
function entriesOf(value: unknown): [string, unknown][] {
  if (!isContainer(value)) return [];
  const entries: [string, unknown][] = [];
  for (const [key, item] of value.entries()) {
    if (typeof key === "string" || typeof key === "number") entries.push([String(key), item]);
  }
  return entries;
}

type Count = (value: unknown) => number;

/** Counts the tensors within a value, each container once; what refers to itself ends there. */
function counter(name: string): Count {
  const counts = new Map<unknown, number>();
  return function count(value: unknown, depth = 0): number {
    if (isTensorLike(value)) return 1;
    if (!isContainer(value)) return 0;
    const known = counts.get(value);
    if (known !== undefined) return known;
    requireDepth(depth, name);
    counts.set(value, 0);
    const sum = entriesOf(value).reduce((sum, [, item]) => sum + count(item, depth + 1), 0);
    requireCount(sum, name);
    counts.set(value, sum);
    return sum;
  };
}

function requireDepth(depth: number, name: string): void {
  if (depth > MOST_DEPTH) throw unreadable(name, 0, `found values nested more than ${MOST_DEPTH} deep`);
}

/** Shared values count at each of their places, so a small file cannot ask for endless work. */
function requireCount(count: number, name: string): void {
  requireFew(count, { fail: (message, at = 0) => unreadable(name, at, message) });
}

/** The value under the first key of weights that has any, level by level, and what lies beside it. */
function likeliest(root: unknown, count: Count): { value: unknown; reasons: Map<string, string> } {
  const reasons = new Map<string, string>();
  let [value, path] = [root, ""];
  for (let depth = 0; depth < MOST_DEPTH && value instanceof Map; depth++) {
    const holder: Map<unknown, unknown> = value;
    const key = WEIGHT_KEYS.find((key) => holder.get(key) instanceof Map && count(holder.get(key)) > 0);
    if (key === undefined) break;
    for (const [beside, item] of entriesOf(holder)) {
      if (beside === key || count(item) === 0) continue;
      const found = count(item);
      reasons.set(
        path + beside,
        `${found === 1 ? "1 tensor" : `${found} tensors`} beside the weights taken, which are under ` +
          `${JSON.stringify(path + key)}; read with the option key: ${JSON.stringify(path + beside)}`,
      );
    }
    value = holder.get(key);
    path += `${key}.`;
  }
  return { value, reasons };
}

/**
 * Value under a path of keys, which may have dots in them themselves; keys that only begin with it, as one
 * part.
 */
function under(value: unknown, path: string): unknown {
  if (path === "") return value;
  const begun = new Map<string, unknown>();
  for (const [key, item] of entriesOf(value)) {
    if (key === path) return item;
    if (key.startsWith(`${path}.`)) begun.set(key.slice(path.length + 1), item);
    if (!path.startsWith(`${key}.`)) continue;
    const found = under(item, path.slice(key.length + 1));
    if (found !== undefined) return found;
  }
  return begun.size > 0 ? begun : undefined;
}

function collect(
  root: unknown,
  { reasons, count, name }: { reasons: Map<string, string>; count: Count; name: string },
): Weights {
  const tensors = new Map<string, Tensor>();
  const seen = new Set<string>();
  const open = new Set<unknown>();
  let visits = 0;
  const visit = (value: unknown, path: string, depth: number): void => {
    requireCount(++visits, name);
    requireDepth(depth, name);
    if (isTensorLike(value)) {
      if (seen.has(path)) throw unreadable(name, 0, `two tensors are called ${quoted(path)}`);
      seen.add(path);
      if (isUnreadable(value)) reasons.set(path, value.unreadable);
      else tensors.set(path, value);
    }
    if (!isContainer(value) || open.has(value) || count(value) === 0) return;
    open.add(value);
    for (const [key, item] of entriesOf(value)) {
      const longer = path === "" ? key : `${path}.${key}`;
      if (longer.length > LONGEST_NAME) {
        throw unreadable(name, 0, `found a name of ${longer.length} characters: ${longer.slice(0, 60)}…`);
      }
      if (isContainer(item) || isTensorLike(item)) visit(item, longer, depth + 1);
    }
    open.delete(value);
  };
  visit(root, "", 0);
  return { tensors, reasons };
}
