import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { saveModel } from "../../../lib/io/save_model.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { floatTensor } from "../../../lib/tensor/float_tensor.ts";
import { float32, Tensor } from "../../../lib/tensor/tensor.ts";
import { inFolder } from "../../in_folder.ts";
import { typed, withModel } from "../typed.ts";

Deno.test("compare finds equal models equal, and pruned ones different", async () => {
  await withModel(async (path, folder) => {
    assert.match((await typed("compare", path, path, "--runs", "0")).out, /^logits: equal$/m);
    await typed(path, `${folder}/half.onnx`, "--macs", "0.5");
    const { out } = await typed("compare", path, `${folder}/half.onnx`, "--runs", "0", "--json");
    const { differences: [logits], latencies } = JSON.parse(out);
    assert.ok(logits.largest > 0 && logits.relative < 2);
    assert.deepEqual(latencies, []);
  });
});

Deno.test("compare takes models with other names in their order", async () => {
  await inFolder(async (folder) => {
    const build = (x: string, y: string) => {
      const g = new GraphBuilder();
      g.output(g.relu(g.input(x, "float32", ["N", 4])), y);
      return g.model();
    };
    await saveModel(build("x", "y"), `${folder}/a.onnx`);
    await saveModel(build("input", "output"), `${folder}/b.onnx`);
    const { out, err } = await typed("compare", `${folder}/a.onnx`, `${folder}/b.onnx`, "--runs", "0");
    assert.match(out, /^y: equal$/m, err);
  });
});

Deno.test("compare and bench leave out what is no tensor, and say so; texts are compared as texts", async () => {
  await inFolder(async (folder) => {
    const build = (words: string[]) => {
      const g = new GraphBuilder();
      g.output(g.relu(g.input("x", "float32", ["N", 4])), "y");
      g.output(g.constant(new Tensor("string", words, [2])), "label");
      const { graph } = g.model();
      // TypeProto { sequence_type { elem_type { tensor_type { elem_type: FLOAT } } } }
      const opaque = Uint8Array.of(0x22, 6, 0x0a, 4, 0x0a, 2, 8, 1);
      return g.model().withGraph({
        ...graph,
        values: new Map(graph.values).set("all", { opaque }),
        nodes: [...graph.nodes, { op: "SequenceConstruct", inputs: ["y"], outputs: ["all"], attributes: {} }],
        outputs: [...graph.outputs, "all"],
      });
    };
    const [a, b] = [`${folder}/a.onnx`, `${folder}/b.onnx`];
    await saveModel(build(["cat", "dog"]), a);
    await saveModel(build(["cat", "cow"]), b);
    const same = await typed("compare", a, a, "--runs", "1");
    assert.match(same.out, /^y: equal\nlabel: equal\nLeft out, no tensors: all$/m, same.err);
    assert.match((await typed("compare", a, b, "--runs", "0")).out, /^y: equal\nlabel: 1 text differs$/m);
    const timed = await typed("bench", a, "--runs", "1");
    assert.match(timed.out, /^Left out, no tensors: all$/m, timed.err);
  });
});

/** Looks ids up in a table of rows, and multiplies. */
function embedding(rows: number, type: "int32" | "int64" = "int64"): Model {
  const g = new GraphBuilder("embedding");
  const table = g.parameter(
    "table",
    float32(Float32Array.from({ length: 4 * rows }, (_, i) => Math.sin(i)), [rows, 4]),
  );
  g.output(g.relu(g.gather(table, g.input("ids", type, ["N", 16]))), "y");
  return g.model();
}

Deno.test("models whose ids mean other rows are not compared; ids of another type are", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    await saveModel(embedding(50), at("large.onnx"));
    await saveModel(embedding(30), at("small.onnx"));
    await saveModel(embedding(50, "int32"), at("int32.onnx"));
    for (const [a, b, one, other] of [["large", "small", 50, 30], ["small", "large", 30, 50]] as const) {
      const { code, err } = await typed("compare", at(`${a}.onnx`), at(`${b}.onnx`), "--runs", "0");
      assert.match(
        err,
        new RegExp(`^Cannot compare outputs: ids of "ids" are rows of a table of ${one} .* of ${other} `),
      );
      assert.equal(code, 1);
    }
    const { out, err } = await typed("compare", at("large.onnx"), at("int32.onnx"), "--runs", "0");
    assert.match(out, /^y: equal$/m, err);
  });
});

Deno.test("a model is compared with itself in halves", async () => {
  await inFolder(async (folder) => {
    const product = (type: "float16" | "float32") => {
      const g = new GraphBuilder("product");
      const values = Array.from({ length: 32 }, (_, i) => Math.sin(i));
      const w = g.parameter("w", floatTensor(type, values, [8, 4]));
      g.output(g.matMul(g.input("x", type, ["N", 8]), w), "y");
      return g.model();
    };
    for (const type of ["float16", "float32"] as const) {
      await saveModel(product(type), `${folder}/${type}.onnx`);
    }
    for (const [a, b] of [["float16", "float32"], ["float32", "float16"]]) {
      const { out, err } = await typed(
        "compare",
        `${folder}/${a}.onnx`,
        `${folder}/${b}.onnx`,
        "--runs",
        "1",
        "--json",
      );
      const { differences: [y] } = JSON.parse(out || `{"differences":[${JSON.stringify(err)}]}`);
      // Half a unit in the last of 11 places, for weights, sums and the result.
      assert.ok(y.relative > 0 && y.relative < 8 * 2 ** -12, JSON.stringify(y));
    }
  });
});
