import { ok } from "node:assert/strict";
import { MUTED, PALETTE } from "../../lib/plot/palette.ts";

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/**
 * How light in linear RGB reaches eyes that lack one kind of cone. Source: G. M. Machado, M. M. Oliveira and
 * L. A. F. Fernandes, "A physiologically-based model for simulation of color vision deficiency", IEEE Transactions on
 * Visualization and Computer Graphics 15 (2009), supplementary table, severity 1.0.
 */
const VISION: Record<string, Matrix> = {
  trichromacy: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.303900],
  ],
};

/** Linear RGB to OKLab. Source: B. Ottosson, "A perceptual color space for image processing" (2020). */
const TO_CONES: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const TO_LAB: Matrix = [
  [0.2104542553, 0.7936177850, -0.0040720468],
  [1.9779984951, -2.4285922050, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.8086757660],
];

const times = (matrix: Matrix, v: Triple) =>
  matrix.map((row) => row.reduce((sum, a, i) => sum + a * v[i]!, 0)) as unknown as Triple;
const each = (v: Triple, f: (x: number) => number) => v.map(f) as unknown as Triple;

const linear = (hex: string) =>
  each(
    [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Triple,
    (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
  );

const seen = (hex: string, vision: Matrix) =>
  times(
    TO_LAB,
    each(times(TO_CONES, each(times(vision, linear(hex)), (x) => Math.min(1, Math.max(0, x)))), Math.cbrt),
  );

/** Distance in OKLab: white and black are 1 apart, and 0.02 is just seen. */
const distance = (a: string, b: string, vision: Matrix) =>
  Math.hypot(...seen(a, vision).map((x, i) => x - seen(b, vision)[i]!));

function assertApart(colors: readonly string[], least: number): void {
  for (const [name, vision] of Object.entries(VISION)) {
    colors.forEach((a, i) =>
      colors.slice(i + 1).forEach((b) => {
        const apart = distance(a, b, vision);
        ok(apart >= least, `${a} and ${b} are ${apart.toFixed(3)} apart in ${name}: expected ${least}`);
      })
    );
  }
}

Deno.test("colours of series stay apart for every kind of colour vision, the first ones the most", () => {
  assertApart(PALETTE.slice(0, 4), 0.12);
  assertApart(PALETTE.slice(0, 6), 0.1);
  assertApart([...PALETTE, MUTED], 0.07);
});

Deno.test("the measure knows confusions: pure red and a dark green meet in deuteranopia, not otherwise", () => {
  const [red, green] = ["#c83c3c", "#7d6e32"];
  ok(distance(red, green, VISION.trichromacy!) > 2 * distance(red, green, VISION.deuteranopia!));
  ok(Math.abs(distance("#000000", "#ffffff", VISION.tritanopia!) - 1) < 1e-3);
});

Deno.test("colours of series stand out from white paper: contrast of 3 and more, as WCAG 2 asks of graphics", () => {
  for (const color of PALETTE) {
    const luminance = [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => sum + w * linear(color)[i]!, 0);
    ok(1.05 / (luminance + 0.05) >= 3, color);
  }
});
