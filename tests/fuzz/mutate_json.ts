import type { Damage } from "./mutate.ts";

/** Stands for a number that JSON can spell and no float64 holds. */
const ENDLESS = "\u0001endless";

/** Values that are seldom expected: `undefined` where one is made for the occasion. */
const ODD: readonly unknown[] = [
  ...[null, true, false, -1, 0, -0, 1, 0.5, 7, 255, 2 ** 31, 2 ** 32, 2 ** 53, 1e21, 1e308, -1e308, ENDLESS],
  ...["", "0", "a", "constructor", "__proto__", "valueOf", "\0", "\ud800", "\u202e", "[", "x".repeat(5000)],
  ...[[], {}, [[]], [null], { a: 1 }, { length: 2 ** 31 }, { __proto__: null, toString: 1 }],
];

const NAMES = ["", "0", "__proto__", "constructor", "length", "a b", "\0", "x".repeat(300)];

type Holder = Record<string, unknown>;

/** Places in a value: who holds something, and under which name. */
function placesIn(value: unknown, found: [Holder, string][] = []): [Holder, string][] {
  if (typeof value !== "object" || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push([value as Holder, key]);
    placesIn((value as Holder)[key], found);
  }
  return found;
}

const put = (holder: Holder, key: string, value: unknown) =>
  Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The text with a value of it replaced, removed, doubled, renamed or nested: JSON as before. */
export function damagedText(text: string, roll: (bound: number) => number): { what: string; text: string } {
  const root = { "": parsed(text) } as Holder;
  const places = placesIn(root);
  const [holder, key] = places[roll(places.length)]!;
  const value = holder[key];
  if (typeof value === "string" && /^[[{]/.test(value) && parsed(value) !== undefined && roll(4) > 0) {
    const inner = damagedText(value, roll);
    put(holder, key, inner.text);
    return { what: `in ${key}: ${inner.what}`, text: JSON.stringify(root[""]) };
  }
  const [other, otherKey] = places[roll(places.length)]!;
  const kind = roll(8);
  const say = () => {
    if (kind < 4) {
      const odd = ODD[roll(ODD.length)];
      put(holder, key, structuredClone(odd));
      return `${key} replaced by ${JSON.stringify(odd).slice(0, 40)}`;
    }
    if (kind === 4) {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else if (holder !== root) delete holder[key];
      return `${key} removed`;
    }
    if (kind === 5) {
      put(holder, key, structuredClone(other[otherKey]));
      return `${key} replaced by ${otherKey}`;
    }
    if (kind === 6) {
      const name = NAMES[roll(NAMES.length)]!;
      if (Array.isArray(holder)) holder.push(structuredClone(value));
      else put(holder === root ? root : holder, holder === root ? "" : name, value);
      return `${key} once more, as ${name}`;
    }
    let nested: unknown = value;
    for (let depth = 10 ** (1 + roll(3)); depth > 0; depth--) nested = roll(2) ? [nested] : { a: nested };
    put(holder, key, nested);
    return `${key} nested`;
  };
  const what = say();
  return { what, text: JSON.stringify(root[""] ?? null).replaceAll(JSON.stringify(ENDLESS), "1e400") };
}

/** Damage to a JSON file after which it is one still. */
export const damageJson: Damage = (bytes, roll) => {
  const { what, text } = damagedText(new TextDecoder().decode(bytes), roll);
  return { what, bytes: new TextEncoder().encode(text) };
};

/** Damage to one line of a file with a JSON value a line. */
export const damageJsonLine: Damage = (bytes, roll) => {
  const lines = new TextDecoder().decode(bytes).split("\n");
  const at = roll(lines.length);
  const { what, text } = lines[at] ? damagedText(lines[at], roll) : { what: "doubled", text: lines[0]! };
  return { what: `line ${at}: ${what}`, bytes: new TextEncoder().encode(lines.with(at, text).join("\n")) };
};

/** Damage to the header of a safetensors file, whose length is made right. */
export const damageSafetensors: Damage = (bytes, roll) => {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { what, text } = damagedText(new TextDecoder().decode(bytes.subarray(8, 8 + length)), roll);
  const header = new TextEncoder().encode(text);
  const file = new Uint8Array(8 + header.length + bytes.length - 8 - length);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  file.set(bytes.subarray(8 + length), 8 + header.length);
  return { what: `header: ${what}`, bytes: file };
};
