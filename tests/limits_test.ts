/** What a few digits ask for is bounded before it begins: a sentence at once, and an option to raise it. */
import assert from "node:assert/strict";
import { zipSync } from "../lib/deps.ts";
import { recordedChat } from "../lib/chat/recorded_chat.ts";
import { clickCsv } from "../lib/ctr/logs/log_format.ts";
import { headerOf } from "../lib/ctr/logs/first_line.ts";
import { prepareLog } from "../lib/ctr/logs/prepare_log.ts";
import { readJsonFile } from "../lib/files/json_file.ts";
import { readJsonLines } from "../lib/files/json_lines.ts";
import { fit } from "../lib/train/fit.ts";
import { meanSquaredError } from "../lib/train/losses.ts";
import { float32 } from "../lib/tensor/tensor.ts";
import { decodeImage } from "../lib/formats/decode_image.ts";
import { encodePng } from "../lib/formats/png.ts";
import { bert, decoder, distilbert, edsr, resnetImagenet, swinir, vggBn, vit } from "../lib/nn/mod.ts";
import { fixture } from "./formats/fixtures.ts";
import { encodeNpy } from "../lib/formats/npy.ts";
import { decodeNpz } from "../lib/formats/npz.ts";
import { readPickle } from "../lib/formats/pytorch/pickle.ts";
import { decodeSafetensors, encodeSafetensors } from "../lib/formats/safetensors.ts";
import { ask, bodyOf } from "../lib/files/read_body.ts";
import { limits, setLimits } from "../lib/limits.ts";
import { createMetanetwork } from "../lib/metanet/mod.ts";
import { decodeModel } from "../lib/onnx/codec/decode.ts";
import { underLimits } from "./limits.ts";
import * as espalier from "../mod.ts";
import { readDecoder, stepGraph } from "../lib/lm/read/load_decoder.ts";
import { inFolder } from "./in_folder.ts";
import { decoderGguf } from "./lm/decoder_gguf.ts";

const { mlp, resnetCifar, GraphBuilder, Tensor } = espalier;

const DECODER = { vocabulary: 100, context: 32, layers: 1, hidden: 8, heads: 2, neurons: 16 };

Deno.test("builders with absurd sizes, and with none, say so before they begin", () => {
  const builders: Record<string, () => unknown> = {
    "a wide perceptron": () => mlp({ sizes: [1e9, 1e9] }),
    "a long weight": () => mlp({ sizes: [2 ** 31, 2] }),
    "wide stages": () => resnetCifar({ widths: [4, 2 ** 31, 4] }),
    "many residual blocks": () => edsr({ blocks: 1e9 }),
    "no residual block": () => edsr({ blocks: -1 }),
    "a deep SwinIR": () => swinir({ depths: [1e9] }),
    "a deep BERT": () => bert({ layers: 1e9 }),
    "a deep DistilBERT of many numbers": () => distilbert({ layers: 9e3 }),
    "a deep vision transformer": () => vit({ layers: 1e9 }),
    "a vision transformer of many classes": () => vit({ classes: 1e12 }),
    "a vision transformer of no class": () => vit({ classes: 0 }),
    "a ResNet of many classes": () => resnetImagenet({ classes: 1e12 }),
    "a VGG of no class": () => vggBn({ classes: 0 }),
    "a deep decoder": () => decoder({ ...DECODER, layers: 1e9 }),
    "a decoder for long texts": () => decoder({ ...DECODER, context: 1e12 }),
    "no width": () => resnetCifar({ widths: [0, 0, 0] }),
    "no classes": () => resnetCifar({ depth: 8 as 20, classes: 0 }),
    "half a width": () => resnetCifar({ widths: [1.5, 4, 4] }),
    "many classes": () => resnetCifar({ depth: 8 as 20, classes: 1e12 }),
    "a wide metanetwork": () => createMetanetwork({ nodeFeatures: 4, edges: "taps", hidden: 1e6 }),
    "a deep metanetwork": () => createMetanetwork({ nodeFeatures: 4, edges: "taps", layers: 3e5 }),
  };
  for (const [what, build] of Object.entries(builders)) {
    assert.throws(build, {
      name: "RangeError",
      message: /^Cannot (make|build) .*(expected|learned|divide into)/,
    }, what);
    // Refused by its sizes, not once memory is full: no buffer of a network's size was made.
    assert.ok(Deno.memoryUsage().rss < 2e9, what);
  }
});

Deno.test("a language model's file builds no more than its tensors are there for", async () => {
  const cases: Record<string, [metadata: Record<string, number>, why: RegExp]> = {
    "many layers": [{ block_count: 9000 }, /expected 9000 layers, as it says, found no model\.layers\.8999/],
    "long texts": [
      { context_length: 2 ** 30 },
      /positions: expected at most 134217728 numbers in their tables, .*positions/,
    ],
    "odd heads": [
      { embedding_length: 10, "attention.head_count": 4 },
      /heads of width 2\.5: expected an even/,
    ],
    "wide heads": [{ "attention.key_length": 2 ** 31 }, /heads of width 2147483648: expected an even number/],
    "heads that its rows are not": [{ "attention.head_count": 1 }, /in whole heads of 8 rows, found 4/],
    "no heads": [{ "attention.head_count": 0 }, /heads of width Infinity/],
  };
  for (const [what, [metadata, why]] of Object.entries(cases)) {
    const read = async () => stepGraph(await readDecoder(await decoderGguf(metadata)));
    await assert.rejects(read, (error: Error) => (assert.match(error.message, why), true), what);
  }
  await readDecoder(await decoderGguf({}));
});

Deno.test("an image of too many pixels is refused by its header, and the limit can be raised", async () => {
  const png = encodePng({ width: 40, height: 30, channels: 3, data: new Uint8Array(3600) });
  for (
    const [what, bytes] of Object.entries({
      png,
      jpeg: fixture("smooth.jpg"),
      progressive: fixture("smooth_progressive.jpg"),
    })
  ) {
    await underLimits(
      { pixels: 100 },
      () =>
        assert.rejects(
          decodeImage(bytes, "a picture"),
          /^SyntaxError: Cannot read a picture: expected an image of .*100 pixels.*setLimits\({ pixels/,
          what,
        ),
    );
    await underLimits({ pixels: 2000 }, () => decodeImage(bytes, "a picture"));
  }
});

Deno.test("a graph of too many nodes is neither built nor read; the limit can be raised", async () => {
  const chain = (nodes: number) => {
    const g = new GraphBuilder("chain");
    let x = g.input("x", "float32", [1]);
    for (let i = 0; i < nodes; i++) x = g.relu(x);
    g.output(x, "y");
    return g.model();
  };
  const bytes = chain(50).toOnnx();
  await underLimits({ nodes: 40 }, () => {
    assert.throws(() => chain(50), /the graph has 40 nodes already, if it is meant, say setLimits\({ nodes/);
    assert.throws(() => decodeModel(bytes), /found more than 40 nodes, if it is meant/);
  });
  await underLimits({ nodes: 60 }, () => assert.equal(decodeModel(bytes).graph.nodes.length, 51));
});

Deno.test("many tensors, packed bytes and instructions are refused by their number; limits can be raised", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`t${i}`, new Tensor("float32", new Float32Array(1), [1])]),
  );
  const tensors = encodeSafetensors(many);
  await underLimits({ tensors: 20 }, () => {
    assert.throws(() => decodeSafetensors(tensors), /found 30 tensors or entries; .*setLimits\({ tensors/);
  });
  assert.equal(Object.keys(decodeSafetensors(tensors).tensors).length, 30);

  const npz = zipSync({ "a.npy": encodeNpy(new Tensor("float32", new Float32Array(5000), [5000])) });
  await underLimits({ unpackedBytes: 10_000 }, () => {
    assert.throws(
      () => decodeNpz(npz),
      /expected at most 10000 bytes when unpacked.*setLimits\({ unpackedBytes/,
    );
  });
  const found = decodeNpz(npz).a!.data as Float32Array;
  assert.deepEqual([found.length, found.byteOffset > 0], [5000, true], "unpacked in one place, not copied");

  const pickle = Uint8Array.of(0x80, 2, ...new Array(50).fill([0x4e, 0x30]).flat(), 0x4e, 0x2e);
  await underLimits({ pickleInstructions: 40 }, () => {
    const read = () => readPickle(pickle, { name: "p", rules: { globals: new Map() } });
    assert.throws(read, /asks for more than 40 instructions.*setLimits\({ pickleInstructions/);
  });
});

Deno.test("an input that no machine holds is counted, and not run", async () => {
  const g = new GraphBuilder("large");
  const x = g.input("x", "float32", [1, 3, 2 ** 20, 2 ** 19]);
  g.output(g.conv(x, g.parameter("w", new Tensor("float32", new Float32Array(81), [3, 3, 3, 3]))), "y");
  const model = g.model();
  assert.ok(espalier.countMacs(model).macs > 1e13);
  await assert.rejects(espalier.measureLatency(model), /has shape \[1, 3, 1048576, 524288\], more than/);
});

Deno.test("files and answers that do not end are given up", async () => {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {}, onError: () => new Response() },
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.enqueue(new Uint8Array(1 << 16));
          },
        }),
      ),
  );
  try {
    await underLimits(
      { sourceBytes: 1 << 20 },
      () =>
        assert.rejects(espalier.loadModel(`http://127.0.0.1:${server.addr.port}/m.onnx`), {
          message: /^Cannot fetch .*: expected at most 1048576 bytes, found \d+ or more; .*setLimits/,
        }),
    );
  } finally {
    await server.shutdown();
  }
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/m.onnx`, new Uint8Array(2000));
    await underLimits(
      { sourceBytes: 1000 },
      () => assert.rejects(espalier.loadModel(`${folder}/m.onnx`), /it has 2000 bytes, more than the 1000/),
    );
  });
});

Deno.test("an address that may send nothing for longer than a timer runs, or for ever, is waited for", async () => {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 100));
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async () => {
    await pause();
    return new Response(
      new ReadableStream({
        async start(controller) {
          await pause();
          controller.enqueue(Uint8Array.of(7));
          controller.close();
        },
      }),
    );
  });
  try {
    for (const stallSeconds of [Infinity, 2 ** 31 / 1000]) {
      await underLimits({ stallSeconds }, async () => {
        const response = await ask(`http://127.0.0.1:${server.addr.port}`);
        assert.deepEqual(await bodyOf(response), Uint8Array.of(7));
      });
    }
  } finally {
    await server.shutdown();
  }
});

Deno.test(
  "a pipe or a device is refused, not waited for",
  { ignore: Deno.build.os === "windows" },
  () =>
    inFolder(async (folder) => {
      await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
      const data = {
        inputs: float32(new Float32Array(8), [2, 4]),
        targets: float32(new Float32Array(4), [2, 2]),
      };
      const readers: Record<string, (path: string) => Promise<unknown>> = {
        loadModel: espalier.loadModel,
        loadCheckpoint: espalier.loadCheckpoint,
        loadSparse: espalier.loadSparse,
        fit: (path) =>
          fit(mlp({ sizes: [4, 2] }), data, { epochs: 1, checkpoint: path, loss: meanSquaredError() }),
        recordedChat: (path) => recordedChat({ path }),
        headerOf,
        "a log of clicks": (path) =>
          prepareLog([path], clickCsv({ columns: ["click", "a"], label: "click", fields: ["a"] }), {
            folder: `${folder}/log`,
          }),
        results: (path) => readJsonLines(path),
        settings: (path) => readJsonFile(path),
      };
      for (const path of [`${folder}/pipe`, "/dev/zero"]) {
        for (const [what, read] of Object.entries(readers)) {
          await assert.rejects(read(path), /it is a pipe or a device; name a regular file/, what);
        }
      }
    }),
);

Deno.test("limits that are none are refused", () => {
  assert.throws(() => setLimits({ nodes: -1 }), {
    name: "RangeError",
    message: /Cannot set the limit nodes to -1/,
  });
  assert.throws(() => setLimits({ node: 1 } as never), {
    name: "TypeError",
    message: /expected one of tensors,/,
  });
});

Deno.test("the page on what can be relied on has every limit", async () => {
  const page = await Deno.readTextFile(new URL("../docs/reliability.md", import.meta.url));
  const powers: Record<number, string> = {
    [2 ** 22]: "2²²",
    [2 ** 26]: "2²⁶",
    [2 ** 27]: "2²⁷",
    [2 ** 30]: "2³⁰",
    [2 ** 31]: "2³¹",
    [2 ** 33]: "2³³",
  };
  for (const [name, value] of Object.entries(limits())) {
    const written = powers[value] ?? value.toLocaleString("en");
    assert.match(page, new RegExp(`^\\| \`${name}\` +\\| ${written} +\\| `, "m"), name);
  }
});
