/**
 * Figures: tidy rows in, an SVG with its words out. Kept apart from the front door, so that nobody loads a
 * plotting library who draws nothing.
 *
 * ```ts
 * import { ok } from "node:assert/strict";
 * import { trainingCurve } from "./mod.ts";
 *
 * const rows = [1, 2, 3].map((x) => ({ series: "loss", x, y: 1 / x }));
 * const figure = trainingCurve(rows, { title: "Loss", alt: "It falls", yLabel: "loss" });
 * ok(figure.svg.startsWith("<svg"));
 * ```
 *
 * @module
 */
export { beforeAfterBars, type BeforeAfterOptions, type BeforeAfterRow } from "./bars.ts";
export type { PlotOptions, ScaleOptions } from "./deps.ts";
export type { LineEnd } from "./direct_labels.ts";
export { drawPlot, type DrawPlotOptions, Figure, type FigureOptions } from "./figure.ts";
export { type LegendEntry } from "./legend.ts";
export { heatMap, type HeatOptions, type HeatRow } from "./heat_map.ts";
export { histogram, type HistogramOptions } from "./histogram.ts";
export { imageGrid, type ImageGridOptions, type Mark } from "./image_grid.ts";
export { type Arrow, type Box, layeredGraph, type LayeredGraphOptions } from "./layered_graph.ts";
export { distributions, type DistributionsOptions } from "./distributions.ts";
export { drawNetwork, type NetworkOptions } from "./network.ts";
export { dashesOf, type Marker, markerOf, type Pen, plotSymbol, seriesStyle } from "./markers.ts";
export { colorOf, MUTED, PALETTE } from "./palette.ts";
export { type Panel, panelPlace } from "./panels.ts";
export type { NamedPoint } from "./point_labels.ts";
export { figurePng, type PngOptions, saveFigure, saveTable } from "./save.ts";
export { Table, table, type TableOptions } from "./table.ts";
export { type Cell } from "./table_cells.ts";
export { tradeOff, type TradeOffOptions, type TradeOffRow } from "./trade_off.ts";
export { type CurveOptions, type CurveRow, trainingCurve } from "./training_curve.ts";
export { type Finding, findings, verdictLine, verdictTable, writeOutcome } from "./verdicts.ts";
