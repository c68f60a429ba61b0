import { rulesFor } from "../operators/table.ts";
import { intAttribute, intsAttribute, stringAttribute } from "../attribute.ts";
import {
  addDims,
  ceilDivideDims,
  channelsText,
  type Dim,
  divideDims,
  minDims,
  multiplyDims,
  type Shape,
  shapeText,
  subtractDims,
} from "../dim.ts";
import {
  type Call,
  contentsAt,
  contradiction,
  requireEqual,
  requireRank,
  type Rows,
  shapeAt,
  type ShapeRule,
  typeAt,
  unknownDim,
} from "./call.ts";

/** How a window moves along one spatial axis. */
interface Step {
  kernel: Dim;
  stride: number;
  dilation: number;
  padBegin: number;
  padEnd: number;
}

/** A list attribute with one entry per axis, as a function of the axis. */
function perAxis(call: Call, name: string, length: number, fallback: number): (axis: number) => number {
  const values = intsAttribute(call.node, name, undefined);
  if (values !== undefined && values.length !== length) {
    throw contradiction(
      call,
      `${name} [${values}] should have ${length} entries for input ${shapeText(shapeAt(call))}`,
    );
  }
  return (axis) => values?.[axis] ?? fallback;
}

function stepsOf(call: Call, kernel: Shape): Step[] {
  const rank = kernel.length;
  const stride = perAxis(call, "strides", rank, 1);
  const dilation = perAxis(call, "dilations", rank, 1);
  const auto = stringAttribute(call.node, "auto_pad", "NOTSET");
  const pad = auto === "NOTSET" ? perAxis(call, "pads", 2 * rank, 0) : () => 0;
  return kernel.map((size, axis) => {
    if (stride(axis) < 1) throw contradiction(call, `stride ${stride(axis)} should be at least 1`);
    return {
      kernel: size,
      stride: stride(axis),
      dilation: dilation(axis),
      padBegin: pad(axis),
      padEnd: pad(axis + rank),
    };
  });
}

/** Size of a window with its gaps: (kernel − 1) · dilation + 1. */
function extent({ kernel, dilation }: Step): Dim {
  return addDims(multiplyDims(subtractDims(kernel, 1), dilation), 1);
}

/** Number of places a window takes along an axis of size `dim`. */
function places(call: Call, dim: Dim, step: Step, ceil = false): Dim {
  if (stringAttribute(call.node, "auto_pad", "NOTSET").startsWith("SAME")) {
    return ceilDivideDims(dim, step.stride);
  }
  const { stride, padBegin, padEnd } = step;
  const room = subtractDims(addDims(dim, padBegin + padEnd), extent(step));
  if (typeof room === "number" && room < 0) {
    throw contradiction(
      call,
      `a window of ${extent(step)} does not fit into input ${shapeText(shapeAt(call))} with padding ` +
        `${padBegin} and ${padEnd}`,
    );
  }
  if (!ceil) return addDims(divideDims(room, stride), 1);
  const count = addDims(ceilDivideDims(room, stride), 1);
  // A last window that would begin in the padding at the end is left out.
  const mayBeginInPadding = padEnd > 0 || Number(extent(step)) < stride;
  return mayBeginInPadding ? minDims(count, ceilDivideDims(addDims(dim, padBegin), stride)) : count;
}

/** Kernel sizes: of the attribute, or of the weight behind its two channel axes. */
function kernelOf(call: Call, x: Shape, w: Shape | undefined): Shape | undefined {
  const declared = intsAttribute(call.node, "kernel_shape", undefined);
  const kernel = declared ?? w?.slice(2);
  if (kernel && kernel.length !== x.length - 2) {
    throw contradiction(call, `a window of rank ${kernel.length} cannot move over input ${shapeText(x)}`);
  }
  declared?.forEach((size, axis) =>
    requireEqual(
      call,
      w?.[axis + 2],
      size,
      () => `kernel_shape [${declared}] is not that of weight ${shapeText(w)}`,
    )
  );
  return kernel;
}

function convShape(call: Call, weightIndex = 1): Shape | undefined {
  const x = shapeAt(call);
  const w = shapeAt(call, weightIndex);
  if (x) requireRank(call, x, 3);
  if (w) requireRank(call, w, 3);
  if (x === undefined || w === undefined) return undefined;
  const group = intAttribute(call.node, "group", 1);
  requireEqual(
    call,
    x[1],
    multiplyDims(w[1]!, group),
    () =>
      `input ${shapeText(x)} has ${channelsText(x[1])}, but weight ${
        shapeText(w)
      } with group ${group} takes ` +
      `${multiplyDims(w[1]!, group)}`,
  );
  if (typeof w[0] === "number" && w[0] % group !== 0) {
    throw contradiction(
      call,
      `weight ${shapeText(w)} has ${w[0]} output channels, no multiple of group ${group}`,
    );
  }
  const steps = stepsOf(call, kernelOf(call, x, w)!);
  return [x[0]!, w[0]!, ...steps.map((step, axis) => places(call, x[axis + 2]!, step))];
}

const conv: ShapeRule = (call) => [{ type: typeAt(call), shape: convShape(call) }];

const convTranspose: ShapeRule = (call) => {
  const x = shapeAt(call);
  const w = shapeAt(call, 1);
  const type = typeAt(call);
  if (x) requireRank(call, x, 3);
  if (w) requireRank(call, w, 3);
  if (x === undefined || w === undefined) return [{ type }];
  requireEqual(
    call,
    x[1],
    w[0],
    () => `input ${shapeText(x)} has ${channelsText(x[1])}, but weight ${shapeText(w)} takes ${w[0]}`,
  );
  const group = intAttribute(call.node, "group", 1);
  const steps = stepsOf(call, kernelOf(call, x, w)!);
  const declared = intsAttribute(call.node, "output_shape", undefined)?.slice(-steps.length);
  const extra = perAxis(call, "output_padding", steps.length, 0);
  const same = stringAttribute(call.node, "auto_pad", "NOTSET").startsWith("SAME");
  const spatial = steps.map((step, axis): Dim => {
    if (declared) return declared[axis]!;
    const grown = multiplyDims(x[axis + 2]!, step.stride);
    const spread = addDims(addDims(subtractDims(grown, step.stride), extent(step)), extra(axis));
    // Padding can only take away: gaps between small windows stay.
    return same ? minDims(grown, spread) : subtractDims(spread, step.padBegin + step.padEnd);
  });
  return [{ type, shape: [x[0]!, multiplyDims(w[1]!, group), ...spatial] }];
};

function poolShape(call: Call): Shape | undefined {
  const x = shapeAt(call);
  if (x === undefined) return undefined;
  requireRank(call, x, 3);
  const kernel = kernelOf(call, x, undefined);
  if (kernel === undefined) throw contradiction(call, "it has no kernel_shape");
  const ceil = intAttribute(call.node, "ceil_mode", 0) === 1;
  const steps = stepsOf(call, kernel);
  return [x[0]!, x[1]!, ...steps.map((step, axis) => places(call, x[axis + 2]!, step, ceil))];
}

const pool: ShapeRule = (call) => {
  const shape = poolShape(call);
  return [{ type: typeAt(call), shape }, { type: "int64", shape }];
};

/** Sizes are told, or those that a pooling with this window came from at least. */
const unpool: ShapeRule = (call) => {
  const x = shapeAt(call);
  const told = contentsAt(call, 2);
  if (told && told.length === x?.length) return [{ type: typeAt(call), shape: told }];
  const window = intsAttribute(call.node, "kernel_shape", undefined);
  if (x === undefined || window === undefined || call.node.inputs[2]) return [{ type: typeAt(call) }];
  const [strides, pads] = [intsAttribute(call.node, "strides", []), intsAttribute(call.node, "pads", [])];
  const shape = x.map((dim, axis): Dim => {
    const i = axis - 2;
    if (i < 0) return dim;
    if (typeof dim !== "number") return unknownDim(call, axis);
    const padding = (pads[i] ?? 0) + (pads[i + window.length] ?? 0);
    return (dim - 1) * (strides[i] ?? 1) - padding + window[i]!;
  });
  return [{ type: typeAt(call), shape }];
};

const globalPool: ShapeRule = (call) => [{
  type: typeAt(call),
  shape: shapeAt(call)?.map((dim, axis) => axis < 2 ? dim : 1),
}];

/** Convolutions and pooling: windows that move over spatial axes. */
export const windows: Rows = {
  ...rulesFor(conv, "Conv", "com.microsoft:FusedConv"),
  ConvTranspose: convTranspose,
  ConvInteger: (call) => [{ type: "int32", shape: convShape(call) }],
  QLinearConv: (call) => [{ type: typeAt(call, 7), shape: convShape(call, 3) }],
  DeformConv: conv,
  ...rulesFor(pool, "AveragePool", "LpPool", "MaxPool"),
  ...rulesFor(globalPool, "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool"),
  MaxUnpool: unpool,
  MaxRoiPool: (call) => {
    const [x, rois] = [shapeAt(call), shapeAt(call, 1)];
    const pooled = intsAttribute(call.node, "pooled_shape", undefined);
    return [{ type: typeAt(call), shape: x && rois && pooled && [rois[0]!, x[1]!, ...pooled] }];
  },
  RoiAlign: (call) => {
    const [x, rois] = [shapeAt(call), shapeAt(call, 1)];
    const size = [intAttribute(call.node, "output_height", 1), intAttribute(call.node, "output_width", 1)];
    return [{ type: typeAt(call), shape: x && rois && [rois[0]!, x[1]!, ...size] }];
  },
};
