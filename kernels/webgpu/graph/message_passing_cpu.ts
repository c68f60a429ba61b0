import type { Tensor } from "../../../lib/tensor/tensor.ts";
import type { Sending } from "./message_passing.ts";
import { LEAST_VARIANCE } from "./message_passing_wgsl.ts";
import { floatsOf } from "../core/tensors.ts";

/** The CPU's way: one run over the edges of each block as they lie, with sums in float64. */
export function messagePassingTwin(
  sendings: readonly Sending[],
  senders: Tensor,
  receivers: Tensor,
): Float32Array {
  const [from, factors] = [floatsOf(senders), floatsOf(receivers)];
  const hidden = receivers.dims[1]!;
  const size = factors.length;
  const counts = new Uint32Array(receivers.dims[0]!);
  const [sum, squares] = [new Float64Array(size), new Float64Array(size)];
  const [high, low] = [new Float32Array(size).fill(-Infinity), new Float32Array(size).fill(Infinity)];
  for (const { edges, kind, rows, columns, from: sources, to: targets } of sendings) {
    const states = floatsOf(edges);
    const wide = kind === "diagonal" ? 1 : columns;
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < wide; j++) {
        const source = kind === "rows" ? j : i;
        const target = kind === "columns" ? j : i;
        const sender = sources ? sources[source]! : source;
        const receiver = targets ? targets[target]! : target;
        counts[receiver]!++;
        let own = receiver * hidden;
        let other = sender * hidden;
        for (const end = at + hidden; at < end; at++, own++, other++) {
          const message = from[other]! * states[at]!;
          sum[own]! += message;
          squares[own]! += message * message;
          if (message > high[own]!) high[own] = message;
          if (message < low[own]!) low[own] = message;
        }
      }
    }
  }
  const told = new Float32Array(4 * size);
  for (let own = 0; own < size; own++) {
    const count = counts[Math.floor(own / hidden)]!;
    if (count === 0) continue;
    const factor = factors[own]!;
    const mean = sum[own]! / count;
    const variance = (squares[own]! / count - mean * mean) * factor * factor;
    const place = Math.floor(own / hidden) * 4 * hidden + own % hidden;
    const [a, b] = [factor * high[own]!, factor * low[own]!];
    told[place] = mean * factor;
    told[place + hidden] = variance > LEAST_VARIANCE ? Math.sqrt(variance) : 0;
    told[place + 2 * hidden] = Math.max(a, b);
    told[place + 3 * hidden] = Math.min(a, b);
  }
  return told;
}
