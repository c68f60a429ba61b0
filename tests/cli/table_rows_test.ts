import assert from "node:assert/strict";
import { tableRows } from "../../lib/cli/table_rows.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";

const table = (rows: number) => float32(new Float32Array(3 * rows), [rows, 3]);

/** Rows for ids that are looked up as this says. */
function rowsOf(lookUp: (g: GraphBuilder, ids: Value) => Value): number | undefined {
  const g = new GraphBuilder();
  g.output(lookUp(g, g.input("ids", "int64", [2, 4])), "y");
  return tableRows(g.model()).get("ids");
}

Deno.test("rows are those of the table that ids are looked up in, stored in whichever way", () => {
  assert.equal(rowsOf((g, ids) => g.gather(g.parameter("t", table(7)), ids)), 7);
  // The rows of a table that lies on its side are along its last axis.
  const side = float32(new Float32Array(27), [3, 9]);
  assert.equal(rowsOf((g, ids) => g.gather(g.parameter("t", side), ids, -1)), 9);
  const inNode = { value: { type: "tensor", value: table(5) } } as const;
  assert.equal(rowsOf((g, ids) => g.gather(g.node("Constant", [], inNode)[0]!, ids)), 5);
  assert.equal(rowsOf((g, ids) => g.gather(g.transpose(g.parameter("t", side), [1, 0]), ids)), 9);
});

Deno.test("ids are followed through shapes, types and what is added to them", () => {
  const arranged = rowsOf((g, ids) => {
    const flat = g.node("Cast", [g.reshape(ids, [8])], { to: { type: "int", value: 6 } })[0]!;
    return g.gather(g.parameter("t", table(11)), g.unsqueeze(flat, [0]));
  });
  assert.equal(arranged, 11);
  // Fields of click logs lie one behind the other in a table.
  const fields = int64([0, 3, 5, 8], [4]);
  assert.equal(
    rowsOf((g, ids) => g.gather(g.parameter("t", table(10)), g.add(ids, g.parameter("o", fields)))),
    2,
  );
  assert.equal(
    rowsOf((g, ids) =>
      g.add(g.gather(g.parameter("a", table(11)), ids), g.gather(g.parameter("b", table(4)), ids))
    ),
    4,
  );
  assert.equal(rowsOf((g, ids) => g.node("Cast", [ids], { to: { type: "int", value: 1 } })[0]!), undefined);
});
