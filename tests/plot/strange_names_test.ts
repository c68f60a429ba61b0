/** Names of strangers: figures stay valid XML, terminals get no control characters, inherited names are names. */
import assert from "node:assert/strict";
import { countMacs, GraphBuilder, mlp, planPruning, runModel, Tensor } from "../../mod.ts";
import { metaGraphFigure } from "../../lib/drawings/meta_graph.ts";
import { metaGraph } from "../../lib/metagraph/mod.ts";
import { beforeAfterBars } from "../../lib/plot/bars.ts";
import { importResvg } from "../../lib/plot/deps.ts";
import { distributions } from "../../lib/plot/distributions.ts";
import { type Figure, frame } from "../../lib/plot/figure.ts";
import { heatMap } from "../../lib/plot/heat_map.ts";
import { imageGrid } from "../../lib/plot/image_grid.ts";
import { layeredGraph } from "../../lib/plot/layered_graph.ts";
import { drawNetwork } from "../../lib/plot/network.ts";
import { table } from "../../lib/plot/table.ts";
import { tradeOff } from "../../lib/plot/trade_off.ts";
import { trainingCurve } from "../../lib/plot/training_curve.ts";
import { verdictLine } from "../../lib/plot/verdicts.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

/** Ends the process's title, hides what stands before, breaks XML, and cannot be encoded. */
const STRANGE = 'a\x01b\x1b]0;x\x07\x9b2J\u202e"<&\ufffe\ud800c';

// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/;

const words = { title: STRANGE, subtitle: STRANGE, alt: STRANGE };

function network(name: string) {
  const g = new GraphBuilder(name);
  const x = g.input(name, "float32", ["N", 4]);
  const hidden = g.relu(
    g.gemm(x, g.parameter(`${name}.w`, float32(new Float32Array(32).fill(1), [8, 4])), undefined, {
      transB: 1,
    }),
  );
  const last = g.parameter(`${name}.v`, float32(new Float32Array(16).fill(1), [2, 8]));
  g.output(g.gemm(hidden, last, undefined, { transB: 1 }), `${name}.y`);
  return g.model();
}

const figures = (name: string, color = "#112233"): Record<string, Figure> => ({
  tradeOff: tradeOff([{ series: name, x: 0.5, y: 1 }], { ...words, xLabel: name, yLabel: name }),
  curve: trainingCurve([{ series: name, x: 1, y: 1 }, { series: "b", x: 1, y: 2 }], {
    ...words,
    yLabel: name,
  }),
  heat: heatMap([{ x: name, y: name, value: 1 }], { ...words, xLabel: name, yLabel: name, format: String }),
  bars: beforeAfterBars([{ name, before: 2, after: 1 }], { ...words, xLabel: name }),
  distributions: distributions(Object.fromEntries([[name, [1, 2, 3]]]), { ...words, xLabel: name }),
  images: imageGrid(new Tensor("uint8", new Uint8Array(12), [1, 3, 2, 2]), { ...words, captions: [name] }),
  boxes: layeredGraph([{ id: name, label: name, color }, { id: "b", label: "b" }], [{
    from: name,
    to: "b",
    color,
  }], words),
  network: drawNetwork(network(name), { ...words, color: () => color }),
  "graph of channels": metaGraphFigure(metaGraph(network(name))),
  legend: frame({ ...words, legend: [{ label: name, color, mark: "dashed", dashes: color }] }, "", 100, 100),
});

Deno.test("figures with strange names and colours are valid XML", async () => {
  const { Resvg } = await importResvg();
  for (const [kind, { svg }] of Object.entries(figures(STRANGE, '"/><script>alert(1)</script><a b="'))) {
    new Resvg(svg); // a strict parser
    assert.ok(!svg.includes("<script"), kind);
    // deno-lint-ignore no-control-regex
    assert.ok(!/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(svg) && svg.isWellFormed(), kind);
  }
});

Deno.test("names that objects inherit are drawn as others are", () => {
  for (const name of ["constructor", "valueOf", "__proto__"]) {
    const plain = figures("x".repeat(name.length));
    for (const [kind, { svg }] of Object.entries(figures(name))) {
      const shape = (text: string) => text.match(/<(path|rect|circle|text|line)\b/g)?.length;
      assert.equal(shape(svg), shape(plain[kind]!.svg), `${kind}, ${name}`);
    }
    const made = table([Object.fromEntries([[name, 1]]), { other: 2 }]);
    assert.deepEqual(made.columns, [name, "other"]);
    assert.equal(Deno.inspect(made).includes("function"), false);
  }
});

Deno.test("what a terminal shows has no control characters of strangers", async () => {
  const model = network(STRANGE);
  const plan = planPruning(model, { target: { parameters: 0.6 } });
  const shown = [
    model,
    plan,
    metaGraph(model),
    figures(STRANGE).curve,
    table([Object.fromEntries([[STRANGE, STRANGE]])], { caption: STRANGE, title: STRANGE }),
    verdictLine({ claim: STRANGE, outcome: "holds", sentence: STRANGE } as never),
  ];
  for (const value of shown) assert.doesNotMatch(Deno.inspect(value), CONTROL);
  for (
    const fails of [
      () => runModel(model, {}),
      () => runModel(model, { [STRANGE]: float32([1], [1, 1]) }),
      () => Promise.resolve().then(() => countMacs(model, { inputShapes: { [STRANGE]: [1, 9] } })),
      () =>
        Promise.resolve().then(() =>
          planPruning(model, { target: { parameters: 0.6 }, ignore: [STRANGE] } as never)
        ),
    ]
  ) {
    await fails().then(() => {}, (error) => assert.doesNotMatch(error.message, CONTROL));
  }
});

Deno.test("a model without parameters is planned and told without NaN", () => {
  const g = new GraphBuilder("none");
  g.output(g.relu(g.input("x", "float32", [1, 4])), "y");
  const model = g.model();
  let shown = "";
  try {
    shown = `${planPruning(model, { target: { macs: 1 } })}`;
  } catch (error) {
    shown = (error as Error).message;
  }
  assert.doesNotMatch(shown, /NaN/);
  assert.ok(mlp({ sizes: [2, 2] }));
});
