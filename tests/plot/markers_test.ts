import assert from "node:assert/strict";
import {
  dashesOf,
  type Marker,
  markerOf,
  markerPath,
  plotSymbol,
  seriesStyle,
} from "../../lib/plot/markers.ts";

const ALL = Array.from({ length: 8 }, (_, i) => markerOf(i));

/** Corners of a path of straight lines. */
const cornersOf = (path: string) =>
  [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);

Deno.test("eight series have markers of eight shapes, then they repeat in another colour; × is no series'", () => {
  assert.equal(new Set(ALL).size, 8);
  assert.ok(!ALL.includes("times"));
  assert.equal(markerOf(8), ALL[0]);
  const styles = Array.from({ length: 24 }, (_, i) => JSON.stringify(seriesStyle(i)));
  assert.equal(new Set(styles).size, 24);
  assert.deepEqual([dashesOf(0), dashesOf(6)], ["none", "none"]);
  assert.equal(new Set([0, 1, 2, 3, 4, 5].map(dashesOf)).size, 6);
});

Deno.test("markers stand around their place, and weigh about as much as a circle of their radius", () => {
  for (const marker of [...ALL, "times" as Marker].filter((name) => name !== "circle")) {
    const points = cornersOf(markerPath(marker, 100, 50, 10));
    const area = Math.abs(points.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = points[(i + 1) % points.length]!;
      return sum + x! * nextY! - nextX! * y!;
    }, 0)) / 2;
    const crossed = marker === "hourglass"; // whose two halves turn in opposite ways
    if (crossed) assert.ok(area < 1e-6);
    else assert.ok(area / (Math.PI * 100) > 0.6 && area / (Math.PI * 100) < 1.3, `${marker}: ${area}`);
    for (const [x, y] of points) assert.ok(Math.hypot(x! - 100, y! - 50) < 19, `${marker} at ${x}, ${y}`);
  }
  assert.match(markerPath("circle", 5, 5, 2), /^M3,5a2,2,0,1,0,4,0a2,2,0,1,0,-4,0z$/);
});

Deno.test("a symbol on a canvas has the corners of the path", () => {
  for (const marker of ALL) {
    const drawn: number[][] = [];
    const circles: number[] = [];
    plotSymbol(marker).draw({
      moveTo: (x, y) => drawn.push([x, y]),
      lineTo: (x, y) => drawn.push([x, y]),
      closePath: () => {},
      arc: (_x, _y, radius) => circles.push(radius),
    }, Math.PI * 9);
    if (marker === "circle") {
      assert.deepEqual([circles, drawn], [[3], []]);
    } else {
      const rounded = drawn.map((point) => point.map((value) => Number(value.toFixed(2)) + 0));
      assert.deepEqual(
        rounded,
        cornersOf(markerPath(marker, 0, 0, 3)).map((point) => point.map((value) => value + 0)),
      );
    }
  }
});
