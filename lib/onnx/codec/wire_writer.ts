/** Byte fields from this length on are referred to, not copied. */
const LONG = 256;

const encoder = new TextEncoder();

/**
 * Writes the protobuf encoding as a list of parts. Large byte fields are parts of their own, so a model can
 * be written to a file without a second copy of its tensors.
 */
export class WireWriter {
  #parts: Uint8Array[] = [];
  #buffer = new Uint8Array(64);
  #used = 0;
  #done = 0;
  /** Writes nested messages, one after the other: a graph has tens of thousands. */
  #inner: WireWriter | undefined;

  /** Bytes written so far. */
  get length(): number {
    return this.#done + this.#used;
  }

  /** The written bytes, in pieces. */
  parts(): readonly Uint8Array[] {
    this.#flush();
    return this.#parts;
  }

  /** A signed 64-bit integer. */
  int(field: number, value: number | bigint): void {
    this.#varint(field * 8);
    this.#int64(value);
  }

  float(field: number, value: number): void {
    this.#varint(field * 8 + 5);
    this.#reserve(4);
    new DataView(this.#buffer.buffer).setFloat32(this.#used, value, true);
    this.#used += 4;
  }

  bytes(field: number, value: Uint8Array): void {
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    this.raw(value);
  }

  string(field: number, value: string): void {
    this.bytes(field, encoder.encode(value));
  }

  /** Numbers in the packed form. */
  ints(field: number, values: readonly (number | bigint)[]): void {
    this.message(field, (packed) => values.forEach((value) => packed.#int64(value)));
  }

  /** Numbers as one field each: what ONNX's own writer does outside of tensors' data. */
  plainInts(field: number, values: readonly (number | bigint)[]): void {
    for (const value of values) this.int(field, value);
  }

  /** A nested message. */
  message(field: number, write: (writer: WireWriter) => void): void {
    const inner = this.#inner ?? new WireWriter();
    this.#inner = undefined; // taken, should this message be written from inside of itself
    write(inner);
    this.#varint(field * 8 + 2);
    this.#varint(inner.length);
    for (const part of inner.parts()) this.raw(part);
    [inner.#parts, inner.#done] = [[], 0];
    this.#inner = inner;
  }

  /** Bytes that are fields already. */
  raw(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return;
    if (bytes.length >= LONG) {
      this.#flush();
      this.#parts.push(bytes);
      this.#done += bytes.length;
    } else {
      this.#reserve(bytes.length);
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
    }
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#parts.push(this.#buffer.slice(0, this.#used));
    this.#done += this.#used;
    this.#used = 0;
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(this.#used + length, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = grown;
  }

  #varint(value: number): void {
    this.#reserve(10);
    while (value >= 128) {
      this.#buffer[this.#used++] = value % 128 + 128;
      value = Math.floor(value / 128);
    }
    this.#buffer[this.#used++] = value;
  }

  #int64(value: number | bigint): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) return this.#varint(Number(value));
    this.#reserve(10);
    let left = BigInt.asUintN(64, BigInt(value));
    while (left >= 128n) {
      this.#buffer[this.#used++] = Number(left & 127n) + 128;
      left >>= 7n;
    }
    this.#buffer[this.#used++] = Number(left);
  }
}
