import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { mlp } from "../../lib/nn/mlp.ts";
import { importOrtNode } from "../../lib/deps.ts";
import { GraphBuilder, type Value } from "../../lib/onnx/builder.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { encodeModel } from "../../lib/onnx/codec/encode.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { Model } from "../../lib/onnx/model.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { float32, int32, int64, Tensor } from "../../lib/tensor/tensor.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { seededRandom } from "../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { inFolder } from "../in_folder.ts";
import { runNative } from "../onnx/run_native.ts";

function linear(size: number): Model {
  const g = new GraphBuilder("linear");
  const x = g.input("x", "float32", ["N", size]);
  const w = g.parameter(
    "w",
    float32(Float32Array.from({ length: size * size }, (_, i) => i / 7), [size, size]),
  );
  g.output(g.matMul(x, w), "y");
  return g.model();
}

function files(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("a saved model loads as the same model, by path and by address, and leaves no other files", () =>
  inFolder(async (folder) => {
    const model = linear(20);
    await saveModel(model, `${folder}/a model.onnx`);
    await saveModel(model, `${folder}/a model.onnx`);
    assert.deepEqual(files(folder), ["a model.onnx"]);
    assert.deepEqual(await loadModel(`${folder}/a model.onnx`), model);
    assert.deepEqual(await loadModel(new URL(`file://${folder}/a%20model.onnx`)), model);
  }));

Deno.test("with external data the tensors are in a second file, and are found again", () =>
  inFolder(async (folder) => {
    const model = linear(20);
    await saveModel(model, `${folder}/m.onnx`, { externalData: true });
    assert.deepEqual(files(folder), ["m.onnx", "m.onnx.data"]);
    assert.equal((await Deno.stat(`${folder}/m.onnx.data`)).size, 1600);
    assert.deepEqual(await loadModel(`${folder}/m.onnx`), model);
    const bytes = await Deno.readFile(`${folder}/m.onnx`);
    const externalData = { "m.onnx.data": await Deno.readFile(`${folder}/m.onnx.data`) };
    assert.deepEqual(await loadModel(bytes, { externalData }), model);
    await assert.rejects(loadModel(bytes), {
      name: "SyntaxError",
      message: /pass the contents as externalData/,
    });
    assert.throws(() => decodeModel(bytes), { message: /"w" is stored in another file, "m\.onnx\.data"/ });
    await Deno.truncate(`${folder}/m.onnx.data`, 1000);
    await assert.rejects(loadModel(`${folder}/m.onnx`), {
      message: /bytes 0 to 1600, but the file ends at 1000/,
    });
    await Deno.remove(`${folder}/m.onnx.data`);
    await assert.rejects(loadModel(`${folder}/m.onnx`), { message: /"m\.onnx\.data", which is missing/ });
  }));

Deno.test("ONNX Runtime opens a model of which all tensors are to be outside, whatever shapes follow from", () =>
  inFolder(async (folder) => {
    const { InferenceSession } = await importOrtNode();
    const of: Record<string, (g: GraphBuilder, x: Value) => Value> = {
      shape: (g, x) => g.node("Reshape", [x, g.parameter("shape", int64([4, 4]))])[0]!,
      axes: (g, x) => g.node("ReduceSum", [x, g.parameter("axes", int64([1]))])[0]!,
      starts: (g, x) =>
        g.node("Slice", [x, g.parameter("at", int32([0])), g.parameter("end", int32([1]))])[0]!,
      constant: (g, x) => {
        const value = { type: "tensor", value: int64([2, 8]) } as const;
        return g.node("Reshape", [x, g.node("Constant", [], { value })[0]!])[0]!;
      },
      scales: (g, x) => g.node("Resize", [x, "", g.parameter("scales", float32([1, 1, 2, 2]))])[0]!,
      range: (g, x) => {
        const [from, to, by] = [0, 4, 1].map((n) => g.parameter(`n${n}`, float32([n], [])));
        return g.add(x, g.node("Range", [from!, to!, by!])[0]!);
      },
    };
    for (const [name, build] of Object.entries(of)) {
      const g = new GraphBuilder(name);
      const large = g.parameter("large", float32(new Float32Array(16).fill(1), [1, 1, 4, 4]));
      g.output(build(g, g.add(g.input("x", "float32", [1, 1, 4, 4]), large)), "y");
      await saveModel(g.model(), `${folder}/${name}.onnx`, { externalData: 0 });
      assert.equal((await Deno.stat(`${folder}/${name}.onnx.data`)).size, 64, name);
      const session = await InferenceSession.create(`${folder}/${name}.onnx`, { logSeverityLevel: 4 });
      await session.release();
    }
  }));

Deno.test("a model is loaded over HTTP, with its tensors beside it", () =>
  inFolder(async (folder) => {
    await saveModel(linear(20), `${folder}/m.onnx`, { externalData: 1 });
    await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async ({ url }) => {
      const path = `${folder}${new URL(url).pathname}`;
      try {
        return new Response(await Deno.readFile(path));
      } catch {
        return new Response("none", { status: 404 });
      }
    });
    const address = `http://127.0.0.1:${server.addr.port}`;
    assert.deepEqual(await loadModel(`${address}/m.onnx`), linear(20));
    await assert.rejects(loadModel(`${address}/other.onnx`), { message: /404/ });
  }));

for (const location of ["../w.bin", "/etc/passwd", "a/../../w", "C:\\w", "https://example.com/w", "..\\w"]) {
  Deno.test(`tensors in "${location}" are refused`, () =>
    inFolder(async (folder) => {
      await saveModel(linear(20), `${folder}/w.onnx`, { externalData: true });
      const bytes = await Deno.readFile(`${folder}/w.onnx`);
      const model = replaceText(bytes, "w.onnx.data", location);
      await Deno.writeFile(`${folder}/w.onnx`, model);
      await assert.rejects(loadModel(`${folder}/w.onnx`), {
        name: "SyntaxError",
        message: /outside of its own folder/,
      });
    }));
}

/** Puts a text in the place of another one, cut or filled up to its length: all lengths in the file stay right. */
function replaceText(bytes: Uint8Array, old: string, text: string): Uint8Array {
  const at = new TextDecoder("latin1").decode(bytes).indexOf(old);
  assert.ok(at > 0);
  const copy = bytes.slice();
  copy.set(new TextEncoder().encode(text.padEnd(old.length, "x").slice(0, old.length)), at);
  return copy;
}

Deno.test("a failed save leaves the old file and nothing else", () =>
  inFolder(async (folder) => {
    await saveModel(linear(3), `${folder}/m.onnx`);
    const { graph, info } = linear(3);
    const broken = new Map(graph.initializers).set("bad", {
      type: "bfloat16",
      dims: [4],
      bytes: new Uint8Array(3),
    });
    await assert.rejects(
      saveModel(new Model({ ...graph, initializers: broken }, info), `${folder}/m.onnx`),
      { message: /"bad": bfloat16\[4\] needs 8 bytes, but it holds 3/ },
    );
    assert.deepEqual(files(folder), ["m.onnx"]);
    assert.deepEqual(await loadModel(`${folder}/m.onnx`), linear(3));
    await Deno.mkdir(`${folder}/taken.onnx/inner`, { recursive: true });
    await assert.rejects(saveModel(linear(3), `${folder}/taken.onnx`), { message: /^Cannot write .*taken/ });
    assert.deepEqual(files(folder), ["m.onnx", "taken.onnx"]);
    await assert.rejects(saveModel(linear(3), `${folder}/no/m.onnx`), {
      message: /^Cannot write .*no\/m\.onnx/,
    });
    const notFiles = ["https://example.org/m.onnx", new URL("https://example.org/m.onnx"), 3 as never];
    for (const target of notFiles) {
      await assert.rejects(saveModel(linear(3), target), { name: "TypeError", message: /expected a path/ });
    }
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe.onnx`] }).output();
    await assert.rejects(saveModel(linear(3), `${folder}/pipe.onnx`), {
      message: /it is a device; name a file$/,
    });
    assert.deepEqual(files(folder), ["m.onnx", "pipe.onnx", "taken.onnx"]);
  }));

Deno.test("what is no source of a model is refused by what it is", async () => {
  await assert.rejects(loadModel(3 as never), {
    name: "TypeError",
    message: /^Cannot read 3: expected a path/,
  });
  await assert.rejects(loadModel("no/such.onnx"), {
    name: "NotFoundError",
    message: /^Cannot read no\/such\.onnx: there is no such file; relative paths begin at \//,
  });
});

const name = fc.string({ minLength: 1, unit: "grapheme" });
const integer = fc.oneof(fc.maxSafeInteger(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(exact));
function valued<Type extends string, Value>(type: Type, values: fc.Arbitrary<Value>) {
  return values.map((value) => ({ type, value }));
}

const attribute = fc.oneof(
  valued("int", integer),
  valued("float", fc.float()),
  valued("ints", fc.array(integer)),
  valued("floats", fc.array(fc.float())),
  valued("string", fc.string({ unit: "grapheme" })),
  valued("tensor", fc.bigInt64Array().map((data) => new Tensor("int64", data, [data.length]))),
);

function exact(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

Deno.test("reading what was written is the identity, for any chain of nodes", () => {
  const chain = fc.record({
    names: fc.uniqueArray(name, { minLength: 2, maxLength: 8 }),
    attributes: fc.dictionary(name, attribute, { maxKeys: 4 }),
    dims: fc.array(fc.oneof(fc.nat(), fc.constantFrom("N", "2*N+1", "height")), { maxLength: 4 }),
    metadata: fc.dictionary(name, fc.string({ unit: "grapheme" }), { maxKeys: 3 }),
    weights: fc.float32Array({ maxLength: 20 }),
  });
  fc.assert(
    fc.property(chain, ({ names, attributes, dims, metadata, weights }) => {
      const initializers = new Map([[
        `${names.join("")}+`,
        new Tensor("float32", weights, [weights.length]),
      ]]);
      const model = new Model({
        name: names[0]!,
        inputs: [names[0]!],
        outputs: [names.at(-1)!],
        nodes: names.slice(1).map((output, i) => ({
          op: "Any",
          domain: "example",
          inputs: [names[i]!, ""],
          outputs: [output],
          attributes: Object.fromEntries(Object.entries(attributes)),
        })),
        initializers,
        values: new Map([[names[0]!, { type: "float32", shape: dims }], [names.at(-1)!, {}]]),
      }, { metadata: Object.fromEntries(Object.entries(metadata)) });
      assert.deepEqual(decodeModel(encodeModel(model)), model);
    }),
    { numRuns: 200, seed: 1 },
  );
});

Deno.test("channels are filled up where asked, the counts told, and the file computes the same", () =>
  inFolder(async (folder) => {
    const model = prune(
      resnetCifar({ depth: 20 }),
      planPruning(resnetCifar({ depth: 20 }), { target: { macs: 0.8 }, criterion: "l2", roundTo: 1 }),
    );
    const plain = await saveModel(model, `${folder}/plain.onnx`);
    const filled = await saveModel(model, `${folder}/filled.onnx`, { padChannels: 16 });
    const { layers, macs, parameters } = filled.padded!;
    assert.equal(plain.padded, undefined);
    assert.ok(layers > 5 && macs! > countMacs(model).macs && parameters > countMacs(model).parameters);
    for (const [name, { bytes }] of Object.entries({ plain, filled })) {
      assert.equal(bytes, (await Deno.stat(`${folder}/${name}.onnx`)).size);
    }
    const random = seededRandom(1);
    const input = float32(Float32Array.from({ length: 2 * 3072 }, () => random.normal()), [2, 3, 32, 32]);
    // Read anew, and run as it is: what was filled in is in the file.
    const again = await loadModel(`${folder}/filled.onnx`);
    assert.deepEqual(countMacs(again), { macs, parameters });
    assertClose(
      (await runNative(again, { input })).logits!.data as Float32Array,
      (await runNative(model, { input })).logits!.data as Float32Array,
      REORDERED_FLOAT32,
    );
    for (const padChannels of [0, 1.5, NaN]) {
      await assert.rejects(
        saveModel(model, `${folder}/no.onnx`, { padChannels }),
        /^RangeError: Cannot save with padChannels .* expected a whole number from 1$/,
      );
    }
  }));

Deno.test("a size of tensors that go to a second file is bytes", () =>
  inFolder(async (folder) => {
    for (const externalData of [NaN, -1, 0.5]) {
      await assert.rejects(saveModel(mlp({ sizes: [2, 2] }), `${folder}/no.onnx`, { externalData }), {
        name: "RangeError",
        message: `Cannot save with externalData ${externalData}: expected a whole number from 0`,
      });
    }
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("who reads while others write: graph and tensors are of one writing, or there is none", () =>
  inFolder(async (folder) => {
    const path = `${folder}/m.onnx`;
    const written = (writer: number) => {
      const g = new GraphBuilder(`${writer}`);
      const w = g.parameter("w", float32(new Float32Array(4096).fill(writer), [64, 64]));
      g.output(g.matMul(g.input("x", "float32", ["N", 64]), w), "y");
      return g.model();
    };
    await saveModel(written(0), path, { externalData: true });
    let writing = true, read = 0;
    const writers = [1, 2].map(async (writer) => {
      // As long as it takes for the reader to come by.
      for (let round = 0; round < 40 || read <= 5; round++) {
        await saveModel(written(writer), path, { externalData: true });
      }
    });
    const over = Promise.all(writers).then(() => writing = false);
    while (writing) {
      const model = await loadModel(path).catch((error) => {
        assert.match(error.message, /there is no such file/);
      });
      if (!model) continue;
      read++;
      const { data } = model.graph.initializers.get("w") as Tensor;
      assert.ok((data as Float32Array).every((value) => `${value}` === model.graph.name));
    }
    await over;
  }));

Deno.test("a name that does not end in .onnx is refused, with what writes such files", () =>
  inFolder(async (folder) => {
    for (const name of ["model.pt", "model.PTH", "model.safetensors", "x.txt", "model", ".onnx/m"]) {
      await assert.rejects(
        saveModel(linear(2), `${folder}/${name}`),
        /^RangeError: Cannot save a model as .*: expected a name in \.onnx, such as .*\/(model|x|m)\.onnx; weights/,
      );
    }
    assert.deepEqual(files(folder), []);
    await saveModel(linear(2), `${folder}/model.ONNX`);
  }));
