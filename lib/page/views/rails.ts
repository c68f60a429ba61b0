/** Where a row of a network stands: in which lane, from 0 on the left. */
export interface Rails {
  /** The lane of each row. */
  lanes: number[];
  /** How many lanes there are. */
  count: number;
}

/**
 * Lanes for the rows of a graph, as of tracks in a station: what a row makes runs down its lane until its
 * last reader, and a row takes the leftmost lane that ends at it. So a chain is one straight line, and what
 * leaves and comes back, as a residual branch does, runs beside it.
 *
 * Takes time in proportion to edges and lanes.
 *
 * @param edges numbers of rows, from the upper to the lower one
 */
export function layRails(rows: number, edges: readonly (readonly [from: number, to: number])[]): Rails {
  const last = Array.from({ length: rows }, (_, row) => row);
  const sources = Array.from({ length: rows }, (): number[] => []);
  for (const [from, to] of edges) {
    last[from] = Math.max(last[from]!, to);
    sources[to]!.push(from);
  }
  const lanes: number[] = [];
  /** The row whose result runs down each lane now. */
  const holder: (number | undefined)[] = [];
  for (let row = 0; row < rows; row++) {
    const ending = sources[row]!.filter((from) => last[from] === row).map((from) => lanes[from]!);
    for (const lane of ending) holder[lane] = undefined;
    const free = ending.length > 0 ? Math.min(...ending) : holder.findIndex((held) => held === undefined);
    const lane = free >= 0 ? free : holder.length;
    lanes.push(lane);
    holder[lane] = last[row]! > row ? row : undefined;
    if (lane === holder.length) holder.push(undefined);
  }
  return { lanes, count: Math.max(1, ...lanes.map((lane) => lane + 1)) };
}
