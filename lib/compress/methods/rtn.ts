import { gridOf, roundToGrid } from "../numeric/grid.ts";
import type { Method } from "./method.ts";

/** Every weight is rounded to the nearest level by itself. */
export const rtn: Method = {
  does: ["bits"],
  calibrated: false,
  run({ weight, rows, columns }, { bits, groupSize, symmetric }) {
    const grid = gridOf(weight, rows, columns, { bits: bits!, groupSize, symmetric });
    return { weight: roundToGrid(weight, rows, columns, grid), grid };
  },
};
