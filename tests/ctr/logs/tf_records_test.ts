import assert from "node:assert/strict";
import { readTfRecords } from "../../../lib/ctr/logs/tf_records.ts";
import { inFolder } from "../../in_folder.ts";

const fixture = (name: string) => new URL(`../../fixtures/${name}`, import.meta.url);
const { sizes, rows } = JSON.parse(await Deno.readTextFile(fixture("ctr_tfrecord.json"))) as {
  sizes: number[];
  rows: number[][];
};
const fields = sizes.map((size, f) => ({ name: `f${f}`, size }));
const bytes = await Deno.readFile(fixture("ctr.tfrecord"));

Deno.test("the rows of TFRecord files come as they were written, file after file", () =>
  inFolder(async (folder) => {
    const path = `${folder}/train_0000.tfrecord`;
    await Deno.writeFile(path, bytes);
    const { ids, labels } = await readTfRecords([path, path], fields);
    const read = Array.from(labels, (label, i) => [label, ...ids.subarray(3 * i, 3 * i + 3)]);
    assert.deepEqual(read, [...rows, ...rows]);
  }));

Deno.test("a TFRecord file that is damaged, cut short or of other fields is refused by file and record", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    const refused = async (content: Uint8Array, expected: RegExp, of = fields) => {
      await Deno.writeFile(path, content);
      await assert.rejects(readTfRecords([path], of), (error: Error) => {
        assert.match(error.message, expected);
        return error instanceof SyntaxError;
      });
    };
    const changed = (at: number) => bytes.with(at, bytes[at]! ^ 1);
    const second = 16 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    await refused(changed(20), /log, record 1: its checksum is wrong/);
    await refused(changed(second), /log, record 2: the checksum of its length is wrong/);
    await refused(bytes.subarray(0, bytes.length - 3), /log, record 20: the file ends within it/);
    await refused(new TextEncoder().encode("0,1,2\n1,2,3\n"), /record 1: the checksum of its length/);
    await refused(bytes, /record 1: expected an id for each of 2 fields, found 3/, fields.slice(0, 2));
    const small = fields.with(2, { name: "f2", size: 10 });
    await refused(bytes, /record \d+: id \d+ of field "f2", expected 203 to 212; are the sizes/, small);
    await refused(new Uint8Array(), /log: the file is empty/);
  }));
