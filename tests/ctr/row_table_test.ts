import assert from "node:assert/strict";
import { distinctRows } from "../../lib/ctr/distinct_rows.ts";
import { rowTable, type RowTableOptions } from "../../lib/ctr/row_table.ts";
import { seededRandom } from "../../lib/random.ts";

const FIELDS = [{ name: "site", size: 5 }, { name: "user", size: 30 }];

/** What is looked up of a table over batches of several sizes, the table last. */
function trained(options: Omit<RowTableOptions, "adam">): Float32Array[] {
  const { features } = options;
  const random = seededRandom(features);
  const draw = (length: number) => Float32Array.from({ length }, () => random.normal(0, 0.1));
  const distinct = distinctRows(FIELDS);
  const table = rowTable(draw(35 * features), { ...options, adam: { weightDecay: 1e-3 } });
  const seen: Float32Array[] = [];
  // The third batch is so large that the memory has to grow while the table lies in it.
  for (const count of [8, 3, 9000, 8, 1, 40]) {
    const ids = Int32Array.from({ length: 2 * count }, (_, i) => random.integer(FIELDS[i % 2]!.size));
    const found = distinct(ids);
    seen.push(table.look(found).slice());
    table.learn(found, draw(ids.length * features), 0.01);
  }
  return [...seen, table.whole()];
}

Deno.test("a table learns the same in the memory of the kernels and outside of it", () => {
  for (const optimizer of ["adam", "sgd"] as const) {
    for (const features of [1, 3, 8]) {
      let bytes = 0;
      const allocate = (some: number) => {
        bytes += some;
        return new ArrayBuffer(4096 * Math.ceil(some / 4096));
      };
      const within = trained({ features, optimizer });
      assert.deepEqual(trained({ features, optimizer, allocate }), within, `${optimizer} of ${features}`);
      assert.equal(bytes, optimizer === "adam" ? 4 * 35 * (3 * features + 1) : 4 * 35 * features);
    }
  }
});

Deno.test("look-ups find their rows, and learn from the sums of their gradients", () => {
  const data = Float32Array.from({ length: 35 * 3 }, (_, i) => i);
  const table = rowTable(data, { features: 3, optimizer: "sgd", adam: {} });
  const found = distinctRows(FIELDS)(Int32Array.of(1, 2, 4, 2));
  // The second field's rows come behind the five of the first.
  assert.deepEqual([...table.look(found)], [3, 4, 5, 21, 22, 23, 12, 13, 14, 21, 22, 23]);
  for (const times of [1, 2]) {
    table.learn(found, Float32Array.of(2, 0, 0, 0, 4, 0, 0, 0, 6, 0, 8, 0), 0.5);
    const changed = table.whole().map((value, i) => value - data[i]!);
    const wanted = new Float32Array(data.length);
    [wanted[3], wanted[22], wanted[14]] = [-1 * times, -6 * times, -3 * times];
    assert.deepEqual(changed, wanted);
  }
});
