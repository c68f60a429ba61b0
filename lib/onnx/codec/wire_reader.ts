import { SyntaxError } from "../../errors.ts";

/** How a protobuf field is stored. */
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const WIRE_NAMES = ["a varint", "8 bytes", "a length and bytes", "a group", "the end of a group", "4 bytes"];

/** Deeper nesting than any real graph has; protects the stack. */
const DEEPEST = 64;

/** Actions for the fields of a message; other fields are kept as bytes. */
export type Handlers<Fields, Into> = {
  readonly [Field in keyof Fields]: (into: Into, reader: WireReader) => void;
};

const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the protobuf encoding message by message, driven by tables of fields. Every read is checked against
 * the end of the message it is in; a failure says file, byte offset and field path.
 *
 * Byte fields are views, nothing is copied. (protobufjs, the usual choice, keeps neither 64-bit integers nor
 * places in errors without a layer as large as this.)
 */
export class WireReader {
  readonly bytes: Uint8Array;
  /** Name of the bytes, in messages. */
  readonly file: string;
  readonly #view: DataView;
  readonly #path: string[] = [];
  #at = 0;
  #end: number;
  #wire = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.bytes = bytes;
    this.file = file;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  /** The error of a file that is not what it should be. */
  fail(why: string, at: number = this.#at): SyntaxError {
    const path = this.#path.length === 0 ? "" : ` (${this.#path.join(".")})`;
    return new SyntaxError(`Cannot read ${this.file}: ${why}, at byte ${at}${path}`);
  }

  /**
   * Reads the fields up to the end of the message with the handlers of a table.
   *
   * @returns the fields without a handler, as bytes, if there are any
   */
  fields<Fields extends Readonly<Record<string, number>>, Into>(
    fields: Fields,
    handlers: Handlers<Fields, Into>,
    into: Into,
  ): Uint8Array | undefined {
    const names = namesOf(fields);
    const counts: Record<string, number> = {};
    const rest: Uint8Array[] = [];
    while (this.#at < this.#end) {
      const start = this.#at;
      const tag = this.#varint();
      const number = Math.floor(tag / 8);
      this.#wire = tag % 8;
      if (number === 0 || tag > 0xffffffff) throw this.fail(`${tag} is no field of an ONNX model`, start);
      const name = names.get(number);
      if (name === undefined) {
        this.#skip(start);
        rest.push(this.bytes.subarray(start, this.#at));
        continue;
      }
      const count = counts[name] = (counts[name] ?? -1) + 1;
      this.#path.push(count === 0 ? name : `${name}[${count}]`);
      handlers[name as keyof Fields](into, this);
      this.#path.pop();
    }
    return rest.length === 0 ? undefined : concatBytes(rest);
  }

  /** Reads a nested message. */
  message<T>(read: (reader: WireReader) => T): T {
    const length = this.#length();
    const outer = this.#end;
    this.#end = this.#at + length;
    if (this.#path.length > DEEPEST) throw this.fail(`messages are nested more than ${DEEPEST} deep`);
    const result = read(this);
    this.#end = outer;
    return result;
  }

  /** A byte field, as a view. */
  take(): Uint8Array {
    const length = this.#length();
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  string(): string {
    const at = this.#at;
    const bytes = this.take();
    try {
      return text.decode(bytes);
    } catch {
      throw this.fail("expected text in UTF-8", at);
    }
  }

  /** A signed 64-bit integer: a number where it is exact. */
  int(): number | bigint {
    this.#expect(WIRE.varint);
    return this.#int64();
  }

  /** An integer that must be within 2⁵³. */
  safeInt(): number {
    const at = this.#at;
    const value = this.int();
    if (typeof value === "bigint") throw this.fail(`the integer ${value} is too large`, at);
    return value;
  }

  float(): number {
    this.#expect(WIRE.fixed32);
    return this.#view.getFloat32(this.#advance(4), true);
  }

  /** Calls `each` with the reader's next integer: once for a plain field, for all of a packed one. */
  ints(each: (value: number | bigint) => void): void {
    if (this.#wire === WIRE.varint) return each(this.#int64());
    this.message(() => {
      while (this.#at < this.#end) each(this.#int64());
    });
  }

  /** The bytes of a `repeated float` or `double`, packed or plain. */
  fixed(size: 4 | 8): Uint8Array {
    if (this.#wire === WIRE.bytes) {
      const bytes = this.take();
      if (bytes.length % size !== 0) {
        throw this.fail(
          `${bytes.length} bytes are no whole number of ${size}-byte numbers`,
          this.#at - bytes.length,
        );
      }
      return bytes;
    }
    this.#expect(size === 4 ? WIRE.fixed32 : WIRE.fixed64);
    const at = this.#advance(size);
    return this.bytes.subarray(at, at + size);
  }

  /** The bytes of the current message from here on, still to be read. */
  peek(): Uint8Array {
    return this.bytes.subarray(this.#at, this.#end);
  }

  #expect(wire: number): void {
    if (this.#wire !== wire) {
      throw this.fail(
        `expected ${WIRE_NAMES[wire]}, found ${WIRE_NAMES[this.#wire] ?? "an unknown encoding"}`,
      );
    }
  }

  #advance(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw this.fail(`expected ${length} bytes, found ${this.#end - at}`);
    this.#at += length;
    return at;
  }

  #length(): number {
    this.#expect(WIRE.bytes);
    const at = this.#at;
    const length = this.#varint();
    if (length > this.#end - this.#at) {
      throw this.fail(
        `expected ${length} bytes, but ${this.#end === this.bytes.length ? "the file" : "the message"} ` +
          `ends after ${this.#end - this.#at}`,
        at,
      );
    }
    return length;
  }

  /** An unsigned integer, exact up to 2⁵³. */
  #varint(): number {
    const start = this.#at;
    let value = 0;
    let unit = 1;
    for (let i = 0; i < 10; i++, unit *= 128) {
      if (this.#at >= this.#end) throw this.fail("the file or message ends inside a number", start);
      const byte = this.bytes[this.#at++]!;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
    throw this.fail("expected a number of at most 10 bytes", start);
  }

  #int64(): number | bigint {
    const start = this.#at;
    const value = this.#varint();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    let exact = 0n;
    for (let i = this.#at - 1; i >= start; i--) exact = exact << 7n | BigInt(this.bytes[i]! & 127);
    exact = BigInt.asIntN(64, exact);
    const number = Number(exact);
    return Number.isSafeInteger(number) ? number : exact;
  }

  #skip(start: number): void {
    if (this.#wire === WIRE.varint) this.#varint();
    else if (this.#wire === WIRE.bytes) this.take();
    else if (this.#wire === WIRE.fixed32) this.#advance(4);
    else if (this.#wire === WIRE.fixed64) this.#advance(8);
    else {throw this.fail(
        `${WIRE_NAMES[this.#wire] ?? "an unknown encoding"} is no part of an ONNX model`,
        start,
      );}
  }
}

const nameTables = new WeakMap<object, Map<number, string>>();

function namesOf(fields: Readonly<Record<string, number>>): Map<number, string> {
  let names = nameTables.get(fields);
  if (names === undefined) {
    names = new Map(Object.entries(fields).map(([name, number]) => [number, name]));
    nameTables.set(fields, names);
  }
  return names;
}

/** The parts one after the other, as one array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
