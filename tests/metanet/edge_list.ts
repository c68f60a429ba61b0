import type { MetaGraph } from "../../lib/metagraph/meta_graph.ts";
import {
  type Metanetwork,
  PREFIX,
  TAP_KINDS,
  TAP_PLACES,
  TAP_REACH,
} from "../../lib/metanet/metanetwork_parameters.ts";

interface Edge {
  from: number;
  to: number;
  taps: readonly (readonly number[])[];
  values: number[];
}

/**
 * The metanetwork as its paper's code has it: nodes in one list, edges in another, one message at a time, in float64. Slow,
 * and it shares nothing with the version in blocks. Returns the features of all nodes and of all edges, in the order of
 * layers and blocks.
 */
export function onEdgeList(
  graph: MetaGraph,
  { settings, weights }: Metanetwork,
): { nodes: number[]; edges: number[] } {
  const { layers, blocks } = graph;
  const starts = layers.map((_, i) => layers.slice(0, i).reduce((sum, { channels }) => sum + channels, 0));
  const nodesOf = (view: MetaGraph["blocks"][number]["from"]) => {
    const all = view.layers.flatMap((layer) =>
      Array.from({ length: layers[layer]!.channels }, (_, i) => starts[layer]! + i)
    );
    return view.indices ? [...view.indices].map((i) => all[i]!) : all;
  };
  const edges = blocks.flatMap(({ kind, from, to, taps, features }): Edge[] => {
    const [sources, targets] = [nodesOf(from), nodesOf(to)];
    const value = (edge: number) =>
      Array.from({ length: taps.length }, (_, t) => Number(features.data[edge * taps.length + t]));
    return kind === "diagonal"
      ? sources.map((source, i) => ({ from: source, to: targets[i]!, taps, values: value(i) }))
      : targets.flatMap((target, o) =>
        sources.map((source, i) => ({
          from: source,
          to: target,
          taps,
          values: value(o * sources.length + i),
        }))
      );
  });
  const x = layers.flatMap(({ channels, features }) =>
    Array.from(
      { length: channels },
      (_, i) =>
        Array.from({ length: settings.nodeFeatures }, (_, k) =>
          Number(features.data[i * settings.nodeFeatures + k])),
    )
  );
  const context = layers.flatMap(({ channels, context }) =>
    Array.from(
      { length: channels },
      (_, i) =>
        Array.from({ length: settings.nodeContext }, (_, k) =>
          Number(context.data[i * settings.nodeContext + k])),
    )
  );

  const parameter = (name: string) => weights[PREFIX + name]!.data as Float32Array;
  const affine = (name: string) => (v: number[]) => {
    const [w, b] = [parameter(`${name}.weight`), parameter(`${name}.bias`)];
    return Array.from(b, (bias, o) => v.reduce((sum, value, i) => sum + w[o * v.length + i]! * value, bias));
  };
  const silu = (v: number[]) => v.map((value) => value / (1 + Math.exp(-value)));
  const norm = (v: number[]) => {
    const mean = v.reduce((a, b) => a + b) / v.length;
    const variance = v.reduce((sum, value) => sum + (value - mean) ** 2, 0) / v.length;
    return v.map((value) => (value - mean) / Math.sqrt(variance + 1e-5));
  };
  const times = (...vs: number[][]) => vs[0]!.map((_, i) => vs.reduce((product, v) => product * v[i]!, 1));
  const plus = (...vs: number[][]) => vs[0]!.map((_, i) => vs.reduce((sum, v) => sum + v[i]!, 0));
  const row = ([y = 0, x = 0, kind = 0]: readonly number[]) => {
    const place = (offset: number) =>
      TAP_REACH + Math.max(-TAP_REACH, Math.min(TAP_REACH, Math.round(offset)));
    return Math.min(TAP_KINDS - 1, kind) * TAP_PLACES + place(y) * (2 * TAP_REACH + 1) + place(x);
  };
  const h = settings.hidden;
  const r = Array.from({ length: h }, (_, i) => i < Math.floor(h / 2) ? 1 : -1);

  let H = x.map((features, i) => affine("node_encoder")([...features, ...context[i]!]));
  const byTaps = settings.edges === "taps";
  let E = edges.map(({ taps, values }) =>
    byTaps
      ? Array.from({ length: h }, (_, k) =>
        taps.reduce(
          (sum, tap, t) => sum + values[t]! * parameter("edge_encoder.taps")[row(tap) * h + k]!,
          parameter("edge_encoder.bias")[k]!,
        ))
      : affine(`edge_encoder.${taps.length}`)(values)
  );
  for (let layer = 0; layer < settings.layers; layer++) {
    const name = `layers.${layer}`;
    const N = H.map(norm);
    const [a1, a2, a3, a4] = ["message_from", "message_to", "edge_from", "edge_to"].map((linear) =>
      N.map((v) => silu(affine(`${name}.${linear}`)(v)))
    ) as [number[][], number[][], number[][], number[][]];
    /** s sends to t. */
    const pass = (s: (edge: Edge) => number, t: (edge: Edge) => number, state: number[][]) => {
      const received = H.map((): number[][] => []);
      const dE = edges.map((edge, e) => {
        received[t(edge)]!.push(times(a2[t(edge)]!, a1[s(edge)]!, state[e]!));
        return times(a3[s(edge)]!, a4[t(edge)]!, state[e]!);
      });
      const dH = received.map((messages) => {
        const column = (k: number) => messages.map((message) => message[k]!);
        const over = (f: (values: number[]) => number) =>
          Array.from({ length: h }, (_, k) => messages.length ? f(column(k)) : 0);
        const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
        const deviation = (values: number[]) => {
          const variance = mean(values.map((value) => value ** 2)) - mean(values) ** 2;
          return variance > 1e-5 ? Math.sqrt(variance) : 0;
        };
        return affine(`${name}.aggregate`)([
          ...over(mean),
          ...over(deviation),
          ...over((values) => Math.max(...values)),
          ...over((values) => Math.min(...values)),
        ]);
      });
      return { dH, dE };
    };
    const first = pass(({ to }) => to, ({ from }) => from, E);
    const second = pass(({ from }) => from, ({ to }) => to, E.map((state) => times(r, state)));
    H = H.map((state, i) => plus(state, first.dH[i]!, second.dH[i]!));
    E = E.map((state, e) => plus(state, first.dE[e]!, times(r, second.dE[e]!)));
  }
  const inner = (name: string, state: number[]) => silu(affine(`${name}.hidden`)(norm(state)));
  const rho = settings.ratio;
  return {
    nodes: x.flatMap((features, i) =>
      plus(features, affine("node_decoder.out")(inner("node_decoder", H[i]!)).map((v) => rho * v))
    ),
    edges: edges.flatMap(({ taps, values }, e) => {
      if (!byTaps) {
        const name = `edge_decoder.${taps.length}`;
        return plus(values, affine(`${name}.out`)(inner(name, E[e]!)).map((change) => rho * change));
      }
      const state = inner("edge_decoder", E[e]!);
      return taps.map((tap, t) => {
        const table = parameter("edge_decoder.taps");
        const change = state.reduce(
          (sum, value, k) => sum + value * table[row(tap) * h + k]!,
          parameter("edge_decoder.tap_bias")[row(tap)]!,
        );
        return values[t]! + rho * change;
      });
    }),
  };
}
