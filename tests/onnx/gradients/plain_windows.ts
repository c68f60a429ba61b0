/** Moving windows in plain loops, in float64: what the gradients of convolutions and pooling are compared with. */
export interface PlainWindow {
  strides?: number[];
  dilations?: number[];
  /** Begins, then ends. */
  pads?: number[];
  group?: number;
}

/** All index tuples of a shape, in row-major order. */
export function* indices(dims: readonly number[]): Generator<number[]> {
  if (dims.some((dim) => dim === 0)) return;
  const at = dims.map(() => 0);
  for (;;) {
    yield [...at];
    let axis = dims.length - 1;
    while (axis >= 0 && ++at[axis]! === dims[axis]) at[axis--] = 0;
    if (axis < 0) return;
  }
}

/** Position of an index tuple in the flattened array, or −1 outside of it. */
export function offset(at: readonly number[], dims: readonly number[]): number {
  let position = 0;
  for (let i = 0; i < dims.length; i++) {
    if (at[i]! < 0 || at[i]! >= dims[i]!) return -1;
    position = position * dims[i]! + at[i]!;
  }
  return position;
}

/** y[n, o, p] = Σ w[o, c, k]·x[n, c, p·stride + k·dilation − pad] */
export function plainConv(
  x: { dims: number[]; data: readonly number[] },
  w: { dims: number[]; data: readonly number[] },
  { strides, dilations, pads, group = 1 }: PlainWindow,
  places: number[],
): number[] {
  const [batch] = x.dims as [number];
  const [outs, ins, ...kernel] = w.dims as [number, number, ...number[]];
  const y: number[] = [];
  for (const [n, o, ...place] of indices([batch, outs, ...places])) {
    let sum = 0;
    const firstChannel = Math.floor(o! / (outs / group)) * ins;
    for (const [c, ...tap] of indices([ins, ...kernel])) {
      const at = place.map((p, i) =>
        p * (strides?.[i] ?? 1) + tap[i]! * (dilations?.[i] ?? 1) - (pads?.[i] ?? 0)
      );
      const from = offset([n!, firstChannel + c!, ...at], x.dims);
      if (from >= 0) sum += x.data[from]! * w.data[offset([o!, c!, ...tap], w.dims)]!;
    }
    y.push(sum);
  }
  return y;
}

/** y[n, o, p·stride + k·dilation − pad] += x[n, c, p]·w[c, o, k] */
export function plainConvTranspose(
  x: { dims: number[]; data: readonly number[] },
  w: { dims: number[]; data: readonly number[] },
  { strides, dilations, pads, group = 1 }: PlainWindow,
  places: number[],
): number[] {
  const [batch, channels] = x.dims as [number, number];
  const [, outs, ...kernel] = w.dims as [number, number, ...number[]];
  const dims = [batch, outs * group, ...places];
  const y = new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(0);
  for (const [n, c, ...place] of indices(x.dims)) {
    const firstOut = Math.floor(c! / (channels / group)) * outs;
    for (const [o, ...tap] of indices([outs, ...kernel])) {
      const at = place.map((p, i) =>
        p * (strides?.[i] ?? 1) + tap[i]! * (dilations?.[i] ?? 1) - (pads?.[i] ?? 0)
      );
      const to = offset([n!, firstOut + o!, ...at], dims);
      if (to >= 0) {
        y[to]! += x.data[offset([n!, c!, ...place], x.dims)]! * w.data[offset([c!, o!, ...tap], w.dims)]!;
      }
    }
  }
  return y;
}

/** The mean of each window; elements of the padding count where `includePad`, what hangs over it never. */
export function plainAveragePool(
  x: { dims: number[]; data: readonly number[] },
  kernel: number[],
  { strides, dilations, pads }: PlainWindow,
  { places, includePad }: { places: number[]; includePad: boolean },
): number[] {
  const [batch, channels, ...sizes] = x.dims as [number, number, ...number[]];
  const y: number[] = [];
  for (const [n, c, ...place] of indices([batch, channels, ...places])) {
    let [sum, count] = [0, 0];
    for (const tap of indices(kernel)) {
      const at = place.map((p, i) =>
        p * (strides?.[i] ?? 1) + tap[i]! * (dilations?.[i] ?? 1) - (pads?.[i] ?? 0)
      );
      const from = offset([n!, c!, ...at], x.dims);
      const padded = at.every((a, i) =>
        a >= -(pads?.[i] ?? 0) && a < sizes[i]! + (pads?.[i + kernel.length] ?? 0)
      );
      if (from >= 0) sum += x.data[from]!;
      if (from >= 0 || (includePad && padded)) count++;
    }
    y.push(sum / count);
  }
  return y;
}
