import { colorOf } from "./palette.ts";

/** A shape by which the points of one series are told from those of another, without their colour. */
export type Marker =
  | "circle"
  | "square"
  | "triangle"
  | "cross"
  | "diamond"
  | "triangle down"
  | "star"
  | "hourglass"
  | "times";

type Point = readonly [x: number, y: number];

/** Corners on two circles in turns, from the top. */
const wheel = (count: number, radii: readonly number[], turn = 0): Point[] =>
  Array.from({ length: count }, (_, i) => {
    const angle = 2 * Math.PI * i / count + turn;
    const radius = radii[i % radii.length]!;
    return [radius * Math.sin(angle), -radius * Math.cos(angle)];
  });

/** A plus: the end of an arm and the corner behind it, in four turns. */
const CROSS: Point[] = [0, 1, 2, 3].flatMap((turn) => {
  const [cos, sin] = [[1, 0], [0, 1], [-1, 0], [0, -1]][turn] as [number, number];
  return [[-0.42, -1.3], [0.42, -1.3], [0.42, -0.42]].map(([x, y]): Point => [
    x! * cos - y! * sin,
    x! * sin + y! * cos,
  ]);
});

/** Corners by marker, for a circle of radius 1 of about the same weight; the circle itself has none. */
const MARKERS: Record<Marker, Point[]> = {
  circle: [],
  square: wheel(4, [1.25], Math.PI / 4),
  triangle: wheel(3, [1.5]),
  cross: CROSS,
  diamond: wheel(4, [1.45, 1.1]),
  "triangle down": wheel(3, [1.5], Math.PI),
  star: wheel(10, [1.65, 0.75]),
  hourglass: [[-1.2, -1.3], [1.2, -1.3], [-1.2, 1.3], [1.2, 1.3]],
  times: CROSS.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2] as const),
};

/** The order in which series take them; crosses like × are for what is not a series of its own. */
const ORDER = (Object.keys(MARKERS) as Marker[]).filter((name) => name !== "times");

/** The marker of the i-th series; beyond eight they repeat, in other colours. */
export function markerOf(index: number): Marker {
  return ORDER[index % ORDER.length]!;
}

/** Colour and marker of the i-th series. */
export function seriesStyle(index: number): { color: string; marker: Marker } {
  return { color: colorOf(index), marker: markerOf(index) };
}

const DASHES = ["none", "7 3", "2 3", "10 3 2 3", "4 2", "14 4"];

/** The dashes of the i-th line of a drawing whose lines have no points; the first is solid. */
export function dashesOf(index: number): string {
  return DASHES[index % DASHES.length]!;
}

/** A marker as an SVG path around (x, y). */
export function markerPath(marker: Marker, x: number, y: number, radius: number): string {
  const at = (value: number) => Number(value.toFixed(2));
  if (marker === "circle") {
    return `M${at(x - radius)},${at(y)}a${radius},${radius},0,1,0,${2 * radius},0a${radius},${radius},0,1,0,${
      -2 * radius
    },0z`;
  }
  return `M${MARKERS[marker].map(([dx, dy]) => `${at(x + radius * dx)},${at(y + radius * dy)}`).join("L")}z`;
}

/** Canvas that a marker draws on: part of the canvas interface. */
export interface Pen {
  /** Begins a line. */
  moveTo(x: number, y: number): void;
  /** Goes on with it. */
  lineTo(x: number, y: number): void;
  /** Leads it back to where it began. */
  closePath(): void;
  /** Draws a part of a circle. */
  arc(x: number, y: number, radius: number, from: number, to: number): void;
}

/** A marker as Observable Plot takes symbols. */
export function plotSymbol(marker: Marker): { draw(pen: Pen, area: number): void } {
  return {
    draw(pen, area) {
      const radius = Math.sqrt(area / Math.PI);
      MARKERS[marker].forEach(([x, y], i) =>
        i === 0 ? pen.moveTo(radius * x, radius * y) : pen.lineTo(radius * x, radius * y)
      );
      if (marker === "circle") pen.arc(0, 0, radius, 0, 2 * Math.PI);
      pen.closePath();
    },
  };
}
