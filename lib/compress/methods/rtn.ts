import {
  dequantizeBlocks,
  quantizeBlocks,
  type QuantizedBits,
} from "../../../kernels/webgpu/quantize/quantize_blocks.ts";
import { toCpu } from "../../../kernels/webgpu/core/tensors.ts";
import { emptyGrid, gridOf, roundToGrid, setRange } from "../numeric/grid.ts";
import { lentBy } from "../numeric/on_gpu.ts";
import type { Method } from "./method.ts";
import { elements, floats } from "../../tensor/arrays.ts";

/** Every weight is rounded to the nearest level by itself. */
export const rtn: Method = {
  does: ["bits"],
  calibrated: false,
  shrinks: true,
  run({ weight, rows, columns }, { bits, groupSize, symmetric, mse }) {
    const grid = gridOf(weight, rows, columns, { bits: bits!, groupSize, symmetric, mse });
    return { weight: roundToGrid(weight, rows, columns, grid), grid };
  },
  async onGpu(gpu, { weight, rows, columns }, { bits, groupSize = columns, symmetric, mse }) {
    if (symmetric || mse || !KERNEL_BITS.has(bits!)) return undefined;
    const grid = emptyGrid(rows, columns, { bits: bits!, groupSize });
    using lent = lentBy(gpu);
    const blocks = await quantizeBlocks(lent.matrix(weight, [rows, columns]), {
      bits: bits as QuantizedBits,
      group: Math.min(groupSize, columns),
      symmetric: false,
    });
    for (const tensor of [blocks.codes, blocks.scales, blocks.zeros!]) lent.put(tensor);
    grid.scales.set(floats(await toCpu(blocks.scales)));
    grid.zeros.set(elements(await toCpu(blocks.zeros!), "uint8"));
    if (!grid.scales.every(Number.isFinite)) return undefined; // weights that are larger than the kernel takes
    grid.scales.forEach((scale, at) => scale === 0 && setRange(grid, at, { low: 0, high: 0 }));
    return { weight: await lent.read(lent.put(await dequantizeBlocks(blocks))), grid };
  },
};

/** Bits that the kernel rounds to. */
const KERNEL_BITS: ReadonlySet<number> = new Set([2, 3, 4, 8]);
