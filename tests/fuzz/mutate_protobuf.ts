import type { Damage } from "./mutate.ts";

/** A field of a message: a number, bytes as they are, or bytes that read like a message themselves. */
interface Field {
  number: bigint;
  wire: number;
  value: bigint | Uint8Array | Field[];
}

/** Numbers that lengths, types and counts are replaced by. */
const ODD = [0n, 1n, 2n, 7n, 255n, 2n ** 31n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 62n, 2n ** 64n - 1n];

function varint(bytes: Uint8Array, at: number): [value: bigint, next: number] | undefined {
  let value = 0n;
  for (let i = 0; i < 10 && at + i < bytes.length; i++) {
    value |= BigInt(bytes[at + i]! & 127) << BigInt(7 * i);
    if (bytes[at + i]! < 128) return [value, at + i + 1];
  }
}

/** The fields of a message; nothing where the bytes are none. */
function fieldsOf(bytes: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = varint(bytes, at);
    if (!tag) return undefined;
    const [number, wire] = [tag[0] >> 3n, Number(tag[0] & 7n)];
    at = tag[1];
    if (number === 0n || number > 64n) return undefined;
    if (wire === 0) {
      const found = varint(bytes, at);
      if (!found) return undefined;
      fields.push({ number, wire, value: found[0] });
      at = found[1];
      continue;
    }
    const length = wire === 2
      ? varint(bytes, at)
      : wire === 1
      ? [8n, at] as const
      : wire === 5
      ? [4n, at] as const
      : undefined;
    if (!length || length[1] + Number(length[0]) > bytes.length) return undefined;
    const own = bytes.subarray(length[1], length[1] + Number(length[0]));
    const inner = wire === 2 && own.length > 1 ? fieldsOf(own) : undefined;
    fields.push({ number, wire, value: inner ?? own });
    at = length[1] + own.length;
  }
  return fields;
}

function writeVarint(into: number[], value: bigint): void {
  for (; value > 127n; value >>= 7n) into.push(Number(value & 127n) | 128);
  into.push(Number(value));
}

function bytesOf(fields: readonly Field[]): number[] {
  const into: number[] = [];
  for (const { number, wire, value } of fields) {
    writeVarint(into, number << 3n | BigInt(wire));
    if (typeof value === "bigint") {
      writeVarint(into, value);
      continue;
    }
    const own = Array.isArray(value) ? bytesOf(value) : value;
    if (wire === 2) writeVarint(into, BigInt(own.length));
    for (const byte of own) into.push(byte);
  }
  return into;
}

/** Each field with the message that holds it, at all depths. */
function everyField(fields: Field[], found: [Field[], Field][] = []): [Field[], Field][] {
  for (const field of fields) {
    found.push([fields, field]);
    if (Array.isArray(field.value)) everyField(field.value, found);
  }
  return found;
}

const copy = (field: Field): Field => ({
  ...field,
  value: Array.isArray(field.value) ? field.value.map(copy) : field.value,
});

/** Damage to a protobuf file after which its lengths are right: fields removed, doubled, moved, replaced. */
export const damageProtobuf: Damage = (bytes, roll) => {
  const root = fieldsOf(bytes)!;
  const all = everyField(root);
  const [holder, field] = all[roll(all.length)]!;
  const [, other] = all[roll(all.length)]!;
  const at = holder.indexOf(field);
  const say = (): string => {
    const kind = roll(10);
    if (kind === 0) return holder.splice(at, 1), "removed";
    if (kind === 1) return holder.splice(at, 0, copy(field)), "doubled";
    if (kind === 2) return holder.splice(roll(holder.length), 0, ...holder.splice(at, 1)), "moved";
    if (kind === 3) return holder.splice(at, 0, copy(other)), `after a copy of field ${other.number}`;
    if (kind === 4) return field.number = BigInt(1 + roll(20)), `now field ${field.number}`;
    if (kind === 5) return holder[at] = { ...copy(other), number: field.number }, `as field ${other.number}`;
    if (typeof field.value === "bigint") {
      field.value = roll(2) ? ODD[roll(ODD.length)]! : BigInt(roll(24));
      return `now ${field.value}`;
    }
    const own = Array.isArray(field.value) ? Uint8Array.from(bytesOf(field.value)) : field.value.slice();
    if (kind === 6) {
      return field.value = field.wire === 2 ? own.slice(0, roll(own.length + 1)) : own, "shorter";
    }
    if (kind === 7 && field.wire === 2) return field.value = new Uint8Array(roll(40)), "zeros";
    if (kind === 8) return field.value = own.fill(255), "ones";
    if (own.length > 0) own[roll(own.length)] = roll(256);
    return field.value = own, "one byte changed";
  };
  const what = say();
  return { what: `field ${field.number}: ${what}`, bytes: Uint8Array.from(bytesOf(root)) };
};
