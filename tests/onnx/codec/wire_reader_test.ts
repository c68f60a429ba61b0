import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { concatBytes, type Handlers, WireReader } from "../../../lib/onnx/codec/wire_reader.ts";
import { WireWriter } from "../../../lib/onnx/codec/wire_writer.ts";

const NAMES = { int: 1, text: 2, inner: 3, ints: 6, float: 7, data: 9 };

/** What a message of these fields says. */
interface Read {
  int?: number | bigint;
  text?: string;
  inner?: Read;
  ints?: (number | bigint)[];
  float?: number;
  data?: Uint8Array;
  rest?: Uint8Array;
}

const handlers: Handlers<typeof NAMES, Read> = {
  int: (into, reader) => into.int = reader.int(),
  text: (into, reader) => into.text = reader.string(),
  inner: (into, reader) => into.inner = reader.message(read),
  ints: (into, reader) => reader.ints((value) => (into.ints ??= []).push(value)),
  float: (into, reader) => into.float = reader.float(),
  data: (into, reader) => into.data = reader.take(),
};

function read(reader: WireReader): Read {
  const into: Read = {};
  const rest = reader.fields(NAMES, handlers, into);
  return { ...into, ...rest && { rest } };
}

const readHex = (hex: string): Read =>
  read(new WireReader(Uint8Array.from(hex.split(" "), (byte) => parseInt(byte, 16)), "f.onnx"));

Deno.test("the examples in the description of protobuf's encoding are read as it says", () => {
  assert.deepEqual(readHex("08 96 01"), { int: 150 });
  assert.deepEqual(readHex("08 fe ff ff ff ff ff ff ff ff 01"), { int: -2 });
  assert.deepEqual(readHex("12 07 74 65 73 74 69 6e 67"), { text: "testing" });
  assert.deepEqual(readHex("1a 03 08 96 01"), { inner: { int: 150 } });
  // Repeated numbers, packed and one by one, of which all count.
  assert.deepEqual(readHex("32 06 03 8e 02 9e a7 05 30 01"), { ints: [3, 270, 86942, 1] });
  assert.deepEqual(readHex("3d 00 00 c0 3f"), { float: 1.5 });
});

Deno.test("what is written is read, whole numbers to the last digit, and data are views", () => {
  const whole = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  fc.assert(fc.property(whole, fc.array(whole), fc.string({ unit: "grapheme" }), (int, ints, text) => {
    const writer = new WireWriter();
    writer.int(NAMES.int, int);
    writer.string(NAMES.text, text);
    writer.ints(NAMES.ints, ints);
    writer.bytes(NAMES.data, new Uint8Array(300));
    const bytes = concatBytes(writer.parts());
    const found = read(new WireReader(bytes, "f.onnx"));
    assert.deepEqual([BigInt(found.int!), found.ints?.map(BigInt) ?? [], found.text], [int, ints, text]);
    assert.equal(found.data!.buffer, bytes.buffer);
  }));
});

Deno.test("fields that nobody reads come back as bytes, whatever their encoding", () => {
  const unknown = "a8 01 05 ad 01 01 02 03 04 a9 01 01 02 03 04 05 06 07 08 aa 01 02 61 62";
  const { int, rest } = readHex(`${unknown} 08 96 01`);
  assert.equal(int, 150);
  assert.equal([...rest!].map((byte) => byte.toString(16).padStart(2, "0")).join(" "), unknown);
});

Deno.test("what is cut off or of another kind is an error with the place and the field", () => {
  const cases: [hex: string, message: RegExp][] = [
    ["08 96", /^Cannot read f\.onnx: the file or message ends inside a number, at byte 1 \(int\)$/],
    ["12 07 74", /: expected 7 bytes, but the file ends after 1, at byte 1 \(text\)$/],
    ["1a 02 12 05", /: expected 5 bytes, but the file ends after 0, at byte 3 \(inner\.text\)$/],
    ["0d 00 00 00 00", /: expected a varint, found 4 bytes, at byte 1 \(int\)$/],
    ["08 ff ff ff ff ff ff ff ff ff ff 01", /: expected a number of at most 10 bytes, at byte 1 \(int\)$/],
    ["1a 00 1a 02 08 96", /ends inside a number, at byte 5 \(inner\[1\]\.int\)$/],
    ["00 01", /: 0 is no field of an ONNX model, at byte 0$/],
    ["12 01 ff", /: expected text in UTF-8, at byte 1 \(text\)$/],
    ["a3 01", /: a group is no part of an ONNX model, at byte 0$/],
  ];
  for (const [hex, message] of cases) {
    assert.throws(() => readHex(hex), { name: "SyntaxError", message }, hex);
  }
});

Deno.test("nesting ends at 64 messages, not with the stack", () => {
  const nested = (depth: number): Uint8Array => {
    let bytes: Uint8Array = new Uint8Array();
    for (let i = 0; i < depth; i++) {
      const writer = new WireWriter();
      writer.bytes(NAMES.inner, bytes);
      bytes = concatBytes(writer.parts());
    }
    return bytes;
  };
  assert.ok(read(new WireReader(nested(64), "deep")).inner);
  assert.throws(() => read(new WireReader(nested(65), "deep")), /messages are nested more than 64 deep/);
});
