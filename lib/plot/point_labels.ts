import { escapeXml } from "./escape_xml.ts";
import { CHARACTER } from "./legend.ts";
import { MUTED } from "./palette.ts";

/** A point with its name, in the units of the axes or in px. */
export interface NamedPoint {
  /** Place on the horizontal axis. */
  x: number;
  /** Place on the vertical axis. */
  y: number;
  /** Text beside the point. */
  label: string;
}

/** A rectangle in px. */
interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Half of a point's width with what is around it, and height of a line of text, in px. */
const [POINT, LINE] = [6, 13];
/** Distances from a point at which its label is tried, in px; from the second on a line leads to it. */
const DISTANCES = [9, 22, 36, 50];
/** Directions in which it is tried, the best first: right, left, above, below, and between them. */
const DIRECTIONS = [[1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [1, 1], [-1, -1], [-1, 1]] as const;

/**
 * Names beside their points, where neither another name nor another point is: as near as the others let them,
 * with a thin line that leads to those that are not beside their point.
 *
 * @param points in px
 * @param within what the names stay in, in px
 */
export function pointLabels(points: readonly NamedPoint[], within: Box): string {
  const taken: Box[] = points.map(({ x, y }) => boxAround(x, y, 2 * POINT, 2 * POINT));
  return points.map(({ x, y, label }, own) => {
    const width = label.length * CHARACTER;
    const tried = DISTANCES.flatMap((distance) =>
      DIRECTIONS.map(([right, down]) => {
        const place = {
          x: x + right * (distance + width / 2),
          y: y + down * (distance + (right === 0 ? LINE / 2 : 0)),
        };
        const box = boxAround(place.x, place.y, width, LINE);
        const hidden = taken.reduce((sum, other, i) => sum + (i === own ? 0 : shared(box, other)), 0);
        return { ...place, box, distance, right, cost: hidden + width * LINE - shared(box, within) };
      })
    );
    const best = tried.reduce((best, one) => one.cost < best.cost - 1e-6 ? one : best);
    taken.push(best.box);
    // Anchored at the side of the point: fonts differ in their widths.
    const [at, anchor] = best.right > 0
      ? [best.box.left, "start"]
      : best.right < 0
      ? [best.box.right, "end"]
      : [best.x, "middle"];
    const leader = best.distance === DISTANCES[0]
      ? ""
      : `<path d="M${px(x)},${px(y)}L${px(at)},${
        px(best.y)
      }" stroke="${MUTED}" stroke-width="0.8" fill="none"/>`;
    return `${leader}<text x="${px(at)}" y="${px(best.y + 4)}" font-size="11" text-anchor="${anchor}">${
      escapeXml(label)
    }</text>`;
  }).join("");
}

function boxAround(x: number, y: number, width: number, height: number): Box {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

/** Area that two boxes share, in square px. */
function shared(a: Box, b: Box): number {
  return Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
    Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
}

const px = (value: number) => Number(value.toFixed(1));
