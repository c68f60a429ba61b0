import assert from "node:assert/strict";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { Model } from "../../lib/onnx/model.ts";
import { int64, Tensor } from "../../lib/tensor/tensor.ts";
import { CostReport } from "../../lib/prune/cost_report.ts";
import { PruningPlan } from "../../lib/prune/pruning_plan.ts";
import { registerDisplay } from "../../kernels/jupyter/mod.ts";

function shown(value: unknown): Record<string, string> {
  return (value as { [display: symbol]: () => Record<string, string> })[Symbol.for("Jupyter.display")]!();
}

Deno.test("a tensor shows shape, type, spread and its first numbers", () => {
  const tensor = new Tensor("float32", Float32Array.from({ length: 24 }, (_, i) => i - 2), [2, 3, 4]);
  const { "text/plain": text, "text/html": html } = shown(tensor);
  assert.equal(
    text,
    [
      "Tensor float32[2, 3, 4]  min -2, mean 9.5, max 21",
      "       -2        -1         0         1",
      "        2         3         4         5",
      "        6         7         8         9",
      "the first of 2 matrices",
    ].join("\n"),
  );
  assert.equal(html!.match(/<tr>/g)!.length, 3);
});

Deno.test("tensors of every odd shape and type show", () => {
  const rows: [Tensor, RegExp][] = [
    [new Tensor("float32", Float32Array.of(0.1), []), /float32\[\].*\n +0\.1$/],
    [new Tensor("float32", new Float32Array(0), [0, 3]), /float32\[0, 3\] {2}empty$/],
    [new Tensor("float32", new Float32Array(0), [3, 0]), /float32\[3, 0\] {2}empty/],
    [int64([1, 2 ** 40]), /int64\[2\] {2}min 1, mean 549800000000, max 1099511627776\n/],
    [new Tensor("bool", Uint8Array.of(1, 0), [2]), /bool\[2\] {2}min 0, mean 0\.5, max 1/],
    [new Tensor("string", ["<b>", "c"], [2]), /string\[2\]\n +<b> +c/],
    [new Tensor("float32", Float32Array.of(NaN, 1), [2]), /max 1, 1 not finite/],
    [new Tensor("float32", new Float32Array(400), [20, 20]), /12 more rows, 10 more columns/],
  ];
  for (const [tensor, text] of rows) assert.match(shown(tensor)["text/plain"]!, text);
  assert.match(shown(rows[5]![0])["text/html"]!, /&#60;b&#62;/);
});

Deno.test("a model shows its summary and its operators", () => {
  const node = (op: string, domain = "") => ({ op, domain, inputs: [], outputs: [], attributes: {} });
  const nodes = [node("Conv"), node("Relu"), node("Conv"), node("Conv", "com.acme")];
  const graph = { name: "<net>", inputs: [], outputs: [], nodes, initializers: new Map(), values: new Map() };
  const bundle = shown(new Model(graph));
  assert.match(bundle["text/plain"]!, /Model <net>.*\n2 × Conv, 1 × Relu, 1 × com\.acme:Conv$/);
  assert.match(bundle["text/html"]!, /Model &#60;net&#62;/);
});

Deno.test("a meta graph shows its drawing, and in words what it holds", () => {
  const bundle = shown(metaGraph(mlp({ sizes: [2, 3, 1] })));
  assert.match(bundle["image/svg+xml"]!, /^<svg/);
  assert.equal(
    bundle["text/plain"],
    [
      "Graph of mlp: 6 nodes in 3 layers, 9 edges in 2 blocks",
      "carried: 13 numbers of 4 tensors",
      "coupled: 0 numbers of 0 tensors that layers share",
      "passed on as they are: 0 tensors",
    ].join("\n"),
  );
});

Deno.test("a report shows a line per cost with a bar of what is left, and keeps its words", () => {
  const latency = (median: number) => ({
    engine: "native" as const,
    device: "cpu",
    batch: 1,
    runs: 30,
    median,
    quartiles: [0.9 * median, 1.1 * median] as [number, number],
  });
  const report = new CostReport(
    { macs: 1000, parameters: 400, bytes: 2000, latencies: [latency(4)] },
    { macs: 250, parameters: 100, bytes: 2500, latencies: [latency(3)] },
  );
  const { "text/plain": text, "text/html": html } = shown(report);
  assert.equal(text, report.toString());
  assert.equal(html!.match(/<tr>/g)!.length, 1 + 4);
  for (const part of ["0.250", "1.250", "0.750", "latency, native, batch 1", "4.00 (3.60 to 4.40)"]) {
    assert.ok(html!.includes(part), part);
  }
  // Of each bar: what is left and what is gone, to one scale; what got dearer is the longest, of 200 px.
  const widths = [...html!.matchAll(/width:([\d.]+)px/g)].map(([, width]) => Number(width));
  assert.deepEqual(widths, [40, 120, 40, 120, 200, 0, 120, 40]);
});

Deno.test("what counts leave out is shown with them, of a report and of a plan", () => {
  const uncounted = ["MyLinear <1>"];
  const cost = { macs: 40, parameters: 40, bytes: 200 };
  const model = { ...cost, latencies: [], uncounted };
  const plan = new PruningPlan({
    target: { macs: 1 },
    groups: [],
    protected: [],
    boundaries: [],
    uncounted,
    before: cost,
    after: cost,
    reachable: cost,
    checksum: "",
  });
  for (const value of [new CostReport(model, model), plan]) {
    assert.match(shown(value)["text/html"]!, /<div>Not counted: MyLinear &#60;1&#62;<\/div>/);
    assert.match(shown(value)["text/plain"]!, /not counted: MyLinear <1>/);
  }
});

Deno.test("a class from a notebook gets a drawing, and what is no class is refused", () => {
  class Schedule {
    constructor(readonly name: string) {}
  }
  registerDisplay(Schedule, ({ name }) => ({ "text/plain": `schedule ${name}` }));
  assert.deepEqual(shown(new Schedule("cosine")), { "text/plain": "schedule cosine" });
  assert.throws(
    () => registerDisplay({} as typeof Schedule, () => ({ "text/plain": "" })),
    /expected a class/,
  );
});
