/**
 * Dependencies of drawing, in full and pinned. Nothing outside `lib/plot` imports it, so nobody pays who
 * draws nothing.
 */
import { importPackage } from "../deps.ts";

export * as Plot from "npm:@observablehq/plot@0.6.17";
export type { PlotOptions, ScaleOptions } from "npm:@observablehq/plot@0.6.17";
export { parseHTML } from "npm:linkedom@0.18.15";
export { default as dagre } from "npm:@dagrejs/dagre@3.1.3";

/** The rasteriser of SVG: native code, under the Mozilla Public License 2.0. */
export const importResvg = (): Promise<typeof import("./resvg_types.ts")> =>
  importPackage("npm:@resvg/resvg-js@2.6.2");
