import assert, { rejects } from "node:assert/strict";
import { loadModel } from "../../lib/io/load_model.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { Model } from "../../lib/onnx/model.ts";
import { float32, int64, Tensor } from "../../lib/tensor/tensor.ts";
import { loadMetanetwork } from "../../lib/metanet/metanetwork_file.ts";
import { seededRandom } from "../../lib/random.ts";
import { loadSparse } from "../../lib/sparse/pack/load_sparse.ts";

const text = (words: string) => new TextEncoder().encode(words);

Deno.test("text in the place of a model is called so", async () => {
  for (const words of ["not found", "ir_version: 8\ngraph {\n}\n", "Größe: 3\r\n".repeat(100)]) {
    await rejects(
      loadModel(text(words)),
      /^SyntaxError: Cannot read .*: it is text, and no bytes of a model/,
    );
  }
});

Deno.test("random bytes are no model, in a sentence", async () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = seededRandom(seed, "bytes");
    const bytes = Uint8Array.from({ length: 1000 }, () => random.integer(256));
    await rejects(loadModel(bytes), /^SyntaxError: Cannot read .*: .*(no|not the bytes of an) ONNX model/);
  }
});

Deno.test("a model in the place of a sparse file or a metanetwork is told who reads it", async () => {
  const bytes = mlp({ sizes: [2, 3] }).toOnnx();
  for (const load of [loadSparse, loadMetanetwork]) {
    await rejects(
      load(bytes),
      /^SyntaxError: Cannot read .*: it is an ONNX model; such are read by loadModel/,
    );
    await rejects(load(text("not found")), /it is text/);
    await rejects(load(text("x")), /it is text/);
  }
});

Deno.test("options that loading does not know are refused", async () => {
  await rejects(
    loadModel(mlp({ sizes: [2, 3] }).toOnnx(), { externaldata: {} } as never),
    /^TypeError: Cannot call loadModel with option "externaldata": did you mean "externalData"/,
  );
});

/** A model whose weights begin at all kinds of places in its file: names of growing length lie before them. */
function askew(): Model {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => Math.sin(i));
  const initializers = new Map<string, Tensor>();
  for (let i = 0; i < 8; i++) {
    const name = "w".repeat(i + 1);
    initializers.set(name, float32(numbers(64), [8, 8]));
    initializers.set(`double ${name}`, new Tensor("float64", Float64Array.from(numbers(300)), [300]));
    initializers.set(`int ${name}`, int64(Array.from({ length: 40 }, (_, k) => k)));
    initializers.set(`short ${name}`, float32([i, 1, 2]));
  }
  const nodes = Array.from({ length: 8 }, (_, i) => ({
    op: "MatMul",
    inputs: [i === 0 ? "x" : `y${i - 1}`, "w".repeat(i + 1)],
    outputs: [`y${i}`],
    attributes: {},
  }));
  const values = new Map([["x", { type: "float32" as const, shape: ["N", 8] }]]);
  return new Model({ name: "askew", inputs: ["x"], outputs: ["y7"], nodes, initializers, values });
}

Deno.test("tensors of a file stay in the file's bytes, wherever they begin, and are what a copy would be", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/askew.onnx`;
    await saveModel(askew(), path);
    const bytes = await Deno.readFile(path);
    const [copied, moved] = [decodeModel(bytes), await loadModel(path)];
    assert.deepEqual(moved, copied);
    assert.deepEqual(bytes, await Deno.readFile(path), "bytes that were given are left as they are");
    const places = [...moved.graph.initializers].filter(([name]) => /^w+$/.test(name)).map(([, tensor]) =>
      (tensor as Tensor).data as Float32Array
    );
    assert.deepEqual(places.map(({ buffer }) => buffer.byteLength), places.map(() => bytes.length));
    assert.equal(new Set(places.map(({ buffer }) => buffer)).size, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a model with some tensors beside it is read as one with all of them inside", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await saveModel(askew(), `${folder}/askew.onnx`, { externalData: 1000 });
    assert.deepEqual((await loadModel(`${folder}/askew.onnx`)).toOnnx(), askew().toOnnx());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a page that cannot fetch a model's tensors is told so, though it has no Deno", async () => {
  const folder = await Deno.makeTempDir();
  await saveModel(askew(), `${folder}/askew.onnx`, { externalData: 1000 });
  const model = await Deno.readFile(`${folder}/askew.onnx`);
  await Deno.remove(folder, { recursive: true });
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    ({ url }) => url.endsWith("/askew.onnx") ? new Response(model) : new Response("", { status: 404 }),
  );
  const address = `http://127.0.0.1:${server.addr.port}/askew.onnx`;
  const own = Object.getOwnPropertyDescriptor(globalThis, "Deno")!;
  Reflect.deleteProperty(globalThis, "Deno");
  try {
    await rejects(loadModel(address), {
      name: "SyntaxError",
      message: /it keeps tensors in "askew.onnx.data", but Cannot fetch .*: the server answered 404/,
    });
  } finally {
    Object.defineProperty(globalThis, "Deno", own);
  }
});
