import assert from "node:assert/strict";
import { BLANK } from "../../lib/metagraph/axis_layout.ts";
import { MetaGraphBuilder } from "../../lib/metagraph/meta_graph_builder.ts";
import { CHOICES } from "../../lib/metagraph/slots.ts";

const words = { kind: "weighted", op: "Conv" } as const;
const vector = (tensor: string, length: number) => ({
  tensor,
  elements: Int32Array.from({ length }, (_, i) => i),
});

Deno.test("nodes are numbered through all layers, and belong to the one that opened them", () => {
  const draft = new MetaGraphBuilder();
  const [a, b] = [draft.open(3, { name: "a", ...words }), draft.open(2, { name: "b", ...words })];
  assert.deepEqual([[...a], [...b]], [[0, 1, 2], [3, 4]]);
  assert.deepEqual([0, 2, 3, 4].map((node) => draft.layerOf(node).name), ["a", "a", "b", "b"]);
  assert.equal(draft.wholeLayer(b)?.name, "b");
  const parts = [
    a.slice(0, 2),
    Int32Array.of(1, 0, 2),
    Int32Array.of(BLANK, 1, 2),
    new Int32Array(0),
    Int32Array.of(2, 3),
  ];
  for (const part of parts) assert.equal(draft.wholeLayer(part), undefined, `${part}`);
});

Deno.test("parameters take the first slots that are free at all of their nodes, and are refused where none are", () => {
  const draft = new MetaGraphBuilder();
  const [a, b] = [draft.open(2, { name: "a", ...words }), draft.open(2, { name: "b", ...words })];
  assert.ok(draft.attach(a, [vector("first", 2)], CHOICES.bias));
  assert.ok(draft.has(a, "bias") && !draft.has(b, "bias"));
  // Across both layers: taken at one is taken.
  assert.ok(draft.attach(Int32Array.from([...a, ...b]), [vector("second", 4)], CHOICES.bias));
  assert.ok(draft.attach(a, [vector("slope", 2)], CHOICES.slope));
  assert.ok(!draft.attach(a, [vector("again", 2)], CHOICES.slope));
  assert.deepEqual(
    draft.attachments.map(({ tensor, slot, nodes, elements }) => [tensor, slot, [...nodes], [...elements]]),
    [
      ["first", "bias", [0, 1], [0, 1]],
      ["second", "bias2", [0, 1], [0, 1]],
      ["second", "bias2", [2, 3], [2, 3]],
      ["slope", "slope", [0, 1], [0, 1]],
    ],
  );
});

Deno.test("what is joined twice lies in rounds, in each of which a node has one edge; blanks have none", () => {
  const draft = new MetaGraphBuilder();
  const [a, b] = [draft.open(2, { name: "a", ...words }), draft.open(4, { name: "b", ...words })];
  draft.join("concat", Int32Array.of(a[0]!, a[1]!, a[0]!, BLANK), b, "identity");
  assert.deepEqual(draft.blocks.map(({ kind, role, from, to }) => [kind, role, [...from], [...to]]), [
    ["diagonal", "identity", [0, 1], [2, 3]],
    ["diagonal", "identity", [0], [4]],
  ]);
});

Deno.test("nodes of two layers become the same, the parameters of one in the free slots of the other", () => {
  const draft = new MetaGraphBuilder();
  const [a, b] = [draft.open(2, { name: "a", ...words }), draft.open(2, { name: "b", ...words })];
  const norm = (name: string) =>
    ["scale", "shift", "mean", "variance"].map((part) => vector(`${name}.${part}`, 2));
  for (const [labels, name] of [[a, "a"], [b, "b"]] as const) {
    assert.ok(draft.attach(labels, norm(name), CHOICES.norm));
    assert.ok(
      draft.attach(labels, [vector(`${name}.slope`, 2)], name === "b" ? CHOICES.slope : CHOICES.token),
    );
  }
  const [first, second] = draft.layers;
  assert.ok(draft.merge(second!, first!));
  assert.equal(second!.alias, first);
  const slots = Object.fromEntries(
    draft.attachments.map(({ tensor, slot, nodes }) => [tensor, `${slot} ${nodes}`]),
  );
  assert.deepEqual([slots["a.scale"], slots["b.scale"], slots["b.slope"]], [
    "norm.scale 0,1",
    "norm2.scale 0,1",
    "slope 0,1",
  ]);
  // A third way has no slots left for its norm.
  const c = draft.open(2, { name: "c", ...words });
  draft.attach(c, norm("c"), CHOICES.norm);
  assert.ok(!draft.merge(draft.layers[2]!, first!));
});
