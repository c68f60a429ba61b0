import assert from "node:assert/strict";
import { matrixRoles } from "../../lib/lm/write/matrix_roles.ts";
import { type MatrixRole, type MixName, typeInMix } from "../../lib/lm/write/mix.ts";
import { decoder, type DecoderOptions, decoderStep } from "../../lib/nn/decoder.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { Model } from "../../lib/onnx/model.ts";
import { dataFile } from "../data.ts";

const ROLES: Record<string, MatrixRole> = {
  embed_tokens: "embedding",
  lm_head: "output",
  q_proj: "query",
  k_proj: "key",
  v_proj: "value",
  o_proj: "attentionOutput",
  gate_proj: "gate",
  up_proj: "up",
  down_proj: "down",
};

/** The same graph, its values called by numbers. */
function nameless(model: Model): { model: Model; names: Map<string, string> } {
  const names = new Map<string, string>([["logits", "logits"]]);
  const own = (name: string) => {
    if (name === "") return name;
    if (!names.has(name)) names.set(name, `v${names.size * 7919 % 99991}`);
    return names.get(name)!;
  };
  const { graph } = model;
  const renamed = {
    ...graph,
    inputs: graph.inputs.map(own),
    outputs: graph.outputs.map(own),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [own(name), tensor])),
    values: new Map([...graph.values].map(([name, info]) => [own(name), info])),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(own),
      outputs: node.outputs.map(own),
    })),
  };
  return { model: new Model(renamed, model.info), names };
}

const SIZES = { vocabulary: 40, context: 8, layers: 3, hidden: 16, heads: 4, neurons: 24 };
for (
  const [what, model, tied] of [
    ["whole", decoder(SIZES), false],
    [
      "whole, tied, equal sizes everywhere",
      decoder({ ...SIZES, tied: true, vocabulary: 16, neurons: 16 }),
      true,
    ],
    [
      "step, shared keys, biases",
      decoderStep({ ...SIZES, keyValueHeads: 2, headSize: 6, biases: true }),
      false,
    ],
  ] as const
) {
  Deno.test(`roles of matrices are found in a graph without names: ${what}`, () => {
    const { model: bare, names } = nameless(model);
    const found = matrixRoles(bare);
    let matrices = 0;
    for (const [name, tensor] of model.graph.initializers) {
      const [, layer, part] = name.match(/(?:layers\.(\d+)\.)?(?:\w+\.)?(\w+)\.weight$/) ?? [];
      if (tensor.dims.length !== 2 || part === undefined) continue;
      matrices++;
      const role = tied && part === "embed_tokens" ? "output" : ROLES[part];
      assert.deepEqual(found.get(names.get(name)!), { role, layer: Number(layer ?? 0) }, name);
    }
    assert.equal(found.size, matrices);
    assert.equal(matrices, 3 * 7 + (tied ? 1 : 2));
  });
}

Deno.test("roles of matrices: none in a network that is no decoder", () => {
  assert.deepEqual(
    [...matrixRoles(mlp({ sizes: [4, 8, 2] })).values()].filter(({ role }) => role !== "output"),
    [],
  );
});

Deno.test("roles of matrices: operators of another domain are not those of ONNX that are called like them", () => {
  const { graph, info } = decoder(SIZES);
  const nodes = graph.nodes.map((node) => node.op === "Softmax" ? { ...node, domain: "com.acme" } : node);
  const roles = [...matrixRoles(new Model({ ...graph, nodes }, info)).values()].map(({ role }) => role);
  assert.deepEqual([...new Set(roles)].sort(), ["down", "embedding", "gate", "output", "up"]);
});

/** The sizes of a decoder from the shapes of its tensors alone, in any order, rows first. */
function sizesOfShapes(shapes: readonly (readonly number[])[]): DecoderOptions {
  const counts = new Map<string, number>();
  for (const shape of shapes) counts.set(`${shape}`, (counts.get(`${shape}`) ?? 0) + 1);
  const vectors = [...counts].filter(([key]) => !key.includes(","));
  const hidden = Number(vectors.sort((a, b) => b[1] - a[1])[0]![0]);
  const matrices = [...counts].filter(([key]) => key.includes(","))
    .map(([key, count]) => ({ dims: key.split(",").map(Number) as [number, number], count }));
  const tables = matrices.filter(({ count }) => count <= 2);
  const inner = matrices.filter(({ count }) => count > 2);
  const gcd = (a: number, b: number): number => b === 0 ? a : gcd(b, a % b);
  const layers = inner.map(({ count }) => count).reduce(gcd);
  const left = new Map(inner.map(({ dims, count }) => [`${dims}`, count / layers]));
  const take = (dims: number[], count: number) => left.set(`${dims}`, left.get(`${dims}`)! - count);
  const has = (dims: number[], count: number) => (left.get(`${dims}`) ?? 0) >= count;
  const widths = inner.flatMap(({ dims: [rows, columns] }) => columns === hidden ? [rows] : []).sort((a, b) =>
    b - a
  );
  const neurons = widths.find((rows) => has([rows, hidden], 2) && has([hidden, rows], 1))!;
  take([neurons, hidden], 2);
  take([hidden, neurons], 1);
  const asked = widths.find((rows) => has([rows, hidden], 1) && has([hidden, rows], 1))!;
  take([asked, hidden], 1);
  take([hidden, asked], 1);
  const offered = widths.find((rows) => has([rows, hidden], 2))!;
  return {
    vocabulary: tables[0]!.dims[0],
    context: 1,
    layers,
    hidden,
    // How wide a head is does not show, and does not matter.
    heads: asked / offered,
    keyValueHeads: 1,
    headSize: offered,
    neurons,
    tied: tables.length === 1 && tables[0]!.count === 1,
    weights: "zeros",
  };
}

const GGUF_ROLES: Record<string, MatrixRole> = {
  token_embd: "output", // tied in both
  attn_q: "query",
  attn_k: "key",
  attn_v: "value",
  attn_output: "attentionOutput",
  ffn_gate: "gate",
  ffn_up: "up",
  ffn_down: "down",
};
const files: [path: string, mix: MixName, layers: number][] = [
  ["gguf-types/gemma3-270m-q4_k_m.json", "Q4_K_M", 18],
  ["gguf-types/smollm2-135m-instruct-q4_1.json", "Q4_1", 30],
];
for (const [path, mix, layers] of files) {
  Deno.test({
    name: `the types of a published file from its shapes alone, ${mix}`,
    ignore: !dataFile(path),
    async fn() {
      const list: { name: string; shape: number[]; type: string }[] = JSON.parse(
        await Deno.readTextFile(dataFile(path)!),
      );
      const shapes = list.map(({ shape }) => shape.toReversed());
      shapes.sort((a, b) => `${a}` < `${b}` ? -1 : 1);
      const options = sizesOfShapes(shapes);
      const { model } = nameless(decoder(options));
      const own = [...matrixRoles(model)].map(([name, { role, layer }]) => {
        const { dims } = model.graph.initializers.get(name)!;
        const groups = options.heads / options.keyValueHeads!;
        return [
          `${role} ${layer}`,
          dims.toReversed(),
          typeInMix(mix, { role, layer, layers: options.layers, groups, row: dims[1]! }),
        ];
      });
      const published = list.filter(({ shape }) => shape.length === 2).map(({ name, shape, type }) => {
        const [, layer = "0", part] = name.match(/^(?:blk\.(\d+)\.)?(\w+)\.weight$/)!;
        return [`${GGUF_ROLES[part!]} ${layer}`, shape, type];
      });
      const sorted = (all: unknown[][]) => all.toSorted((a, b) => `${a[0]}` < `${b[0]}` ? -1 : 1);
      assert.equal(published.length, 7 * layers + 1);
      assert.deepEqual(sorted(own), sorted(published));
    },
  });
}
