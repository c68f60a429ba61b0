/**
 * Grey images made by a formula, to train super-resolution on where there are no photographs: dead leaves
 * with edges of all sizes, noise with the spectrum of nature, and line drawings. Harsher than photographs:
 * bicubic interpolation loses far more on them.
 *
 * Sources: A. B. Lee, D. Mumford, J. Huang, "Occlusion models for natural images", IJCV 2001 (leaves with
 * radii of density r⁻³); D. J. Field, "Relations between the statistics of natural images and the response
 * properties of cortical cells", JOSA A 1987 (amplitudes f^−β).
 */
import { requireNumbers } from "../bounds.ts";
import { requireOptions } from "../options.ts";
import { type Image, toByte } from "../formats/image.ts";
import { type Random, seededRandom } from "../random.ts";

/** Settings of {@linkcode proceduralTextures}. */
export interface TextureOptions {
  /** Number of images. Default 48. */
  count?: number | undefined;
  /** Side of each, in pixels. Default 96. */
  size?: number | undefined;
  /** Seed of what is drawn. Default 0. */
  seed?: number | undefined;
}

/**
 * Grey images of a formula, `size` × `size`: 60 % dead leaves, 20 % noise, 20 % line drawings. Image i is
 * a function of the seed and i, so a longer list begins with the shorter one.
 *
 * @throws {RangeError} for a count or size that is no whole number, or a size below 8
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const [image] = proceduralTextures({ count: 1, size: 32, seed: 7 });
 * assert.deepEqual([image!.width, image!.height, image!.channels], [32, 32, 1]);
 * assert.deepEqual(image, proceduralTextures({ count: 2, size: 32, seed: 7 })[0]);
 * ```
 */
export function proceduralTextures(options: TextureOptions = {}): Image[] {
  requireOptions("proceduralTextures", options, { count: true, size: true, seed: true });
  const { count = 48, size = 96, seed = 0 } = options;
  requireNumbers("make textures", { count }, { whole: true, from: 0 });
  requireNumbers("make textures", { size }, { whole: true, from: 8 });
  return Array.from({ length: count }, (_, i) => {
    const random = seededRandom(seed, "textures", i);
    const family = random.uniform();
    const paint = family < 0.6 ? deadLeaves : family < 0.8 ? bandLimitedNoise : lineDrawing;
    const levels = paint(size, random);
    const data = new Uint8Array(levels.length);
    for (let p = 0; p < data.length; p++) data[p] = toByte(levels[p]!);
    return { width: size, height: size, channels: 1, data };
  });
}

/** After so many leaves the pixels still bare stay grey. */
const MOST_LEAVES = 4000;

/** Leaves painted front to back on a canvas twice as wide, whose 2 × 2 blocks are averaged. */
function deadLeaves(size: number, random: Random): Float64Array {
  const side = 2 * size;
  const canvas = new Float64Array(side * side).fill(NaN);
  let bare = canvas.length;
  for (let leaf = 0; leaf < MOST_LEAVES && bare > 0; leaf++) bare -= paintLeaf(canvas, side, random);
  const levels = new Float64Array(size * size);
  for (let i = 0; i < canvas.length; i++) {
    const [x, y] = [i % side, Math.floor(i / side)];
    levels[(y >> 1) * size + (x >> 1)]! += (Number.isNaN(canvas[i]) ? 128 : canvas[i]!) / 4;
  }
  return levels;
}

/** Paints a leaf under those that are there; returns how many pixels of it are seen. */
function paintLeaf(canvas: Float64Array, side: number, random: Random): number {
  // Radii of density r⁻³ between 3 and a third of the canvas, by inversion.
  const [least, most] = [3 ** -2, (side / 3) ** -2];
  const radius = (least + random.uniform() * (most - least)) ** -0.5;
  const [cx, cy] = [random.uniform(-radius, side + radius), random.uniform(-radius, side + radius)];
  const inside = leafShape(radius, random);
  const shade = leafShade(radius, random);
  const angle = random.uniform(0, Math.PI);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  // The corner of a square of half side 0.8 r lies farthest out, at 0.8·√2 r.
  const reach = 1.14 * radius;
  let painted = 0;
  for (let y = Math.max(0, Math.ceil(cy - reach)); y <= Math.min(side - 1, cy + reach); y++) {
    for (let x = Math.max(0, Math.ceil(cx - reach)); x <= Math.min(side - 1, cx + reach); x++) {
      if (!Number.isNaN(canvas[y * side + x])) continue;
      const [u, v] = [cos * (x - cx) + sin * (y - cy), cos * (y - cy) - sin * (x - cx)];
      if (!inside(u, v)) continue;
      canvas[y * side + x] = shade(u, v, x, y);
      painted++;
    }
  }
  return painted;
}

/** Whether a point is in the leaf, in coordinates along and across it. */
function leafShape(radius: number, random: Random): (u: number, v: number) => boolean {
  const aspect = random.uniform(0.4, 1);
  const kind = random.integer(3);
  if (kind === 0) return (u, v) => u ** 2 + (v / aspect) ** 2 <= radius ** 2;
  if (kind === 1) return (u, v) => Math.abs(u) <= 0.8 * radius && Math.abs(v) <= 0.8 * aspect * radius;
  return (u, v) => Math.max(v / aspect, 0.866 * Math.abs(u) - 0.5 * v / aspect) <= radius / 2;
}

/** The grey level of a point: waves, a ramp or flat. */
function leafShade(
  radius: number,
  random: Random,
): (u: number, v: number, x: number, y: number) => number {
  const base = random.uniform(0, 255);
  const kind = random.uniform();
  if (kind < 0.5) {
    const amplitude = random.uniform(5, 40);
    const turns = 2 * Math.PI * random.uniform(0.05, 0.45);
    const [direction, phase] = [random.uniform(0, 2 * Math.PI), random.uniform(0, 2 * Math.PI)];
    const [fx, fy] = [turns * Math.cos(direction), turns * Math.sin(direction)];
    return (_u, _v, x, y) => clamp(base + amplitude * Math.sin(fx * x + fy * y + phase));
  }
  if (kind < 0.75) {
    const slope = random.uniform(-60, 60) / radius;
    return (u) => clamp(base + slope * u);
  }
  return () => base;
}

/** Noise with amplitude f^−β at radial frequency f, half of the time along one direction. */
function bandLimitedNoise(size: number, random: Random): Float64Array {
  const beta = random.uniform(0.8, 2.2);
  const directed = random.uniform() < 0.5;
  const towards = random.uniform(0, Math.PI);
  const [real, imaginary] = [new Float64Array(size * size), new Float64Array(size * size)];
  for (let i = 1; i < size * size; i++) {
    // Frequencies from the middle of the spectrum on are negative.
    const [fx, fy] = [i % size, Math.floor(i / size)].map((k) => k > size / 2 ? k - size : k) as [
      number,
      number,
    ];
    const angle = Math.atan2(fy, fx) - towards;
    const amplitude = Math.hypot(fx, fy) ** -beta * (directed ? 0.15 + Math.cos(angle) ** 4 : 1);
    const phase = random.uniform(0, 2 * Math.PI);
    real[i] = amplitude * Math.cos(phase);
    imaginary[i] = amplitude * Math.sin(phase);
  }
  const levels = realFourier(real, imaginary, size);
  const mean = levels.reduce((a, b) => a + b) / levels.length;
  const deviation = Math.sqrt(levels.reduce((sum, level) => sum + (level - mean) ** 2, 0) / levels.length);
  const contrast = random.uniform(25, 60) / deviation;
  return levels.map((level) => clamp(128 + contrast * (level - mean)));
}

/**
 * The real part of Σ spectrum[fy, fx] · e^(2πi (fx·x + fy·y) / size): one axis after the other, by the
 * definition.
 */
function realFourier(real: Float64Array, imaginary: Float64Array, size: number): Float64Array {
  const turn = (k: number) => 2 * Math.PI * k / size;
  const cos = Float64Array.from({ length: size }, (_, k) => Math.cos(turn(k)));
  const sin = Float64Array.from({ length: size }, (_, k) => Math.sin(turn(k)));
  const [rowReal, rowImaginary] = [new Float64Array(size * size), new Float64Array(size * size)];
  const levels = new Float64Array(size * size);
  for (let fy = 0; fy < size; fy++) {
    for (let fx = 0; fx < size; fx++) {
      const [a, b] = [real[fy * size + fx]!, imaginary[fy * size + fx]!];
      for (let x = 0; x < size; x++) {
        const [c, s] = [cos[(fx * x) % size]!, sin[(fx * x) % size]!];
        rowReal[fy * size + x]! += a * c - b * s;
        rowImaginary[fy * size + x]! += a * s + b * c;
      }
    }
  }
  for (let y = 0; y < size; y++) {
    for (let fy = 0; fy < size; fy++) {
      const [c, s] = [cos[(fy * y) % size]!, sin[(fy * y) % size]!];
      for (let x = 0; x < size; x++) {
        levels[y * size + x]! += rowReal[fy * size + x]! * c - rowImaginary[fy * size + x]! * s;
      }
    }
  }
  return levels;
}

/** Strokes and circles with soft edges on a light background. */
function lineDrawing(size: number, random: Random): Float64Array {
  const levels = new Float64Array(size * size).fill(random.uniform(120, 255));
  const strokes = 12 + random.integer(24);
  for (let stroke = 0; stroke < strokes; stroke++) {
    const distance = random.uniform() < 0.6 ? segment(size, random) : circle(size, random);
    const grey = random.uniform() < 0.8 ? random.uniform(0, 140) : random.uniform(0, 255);
    const width = random.uniform(0.6, 2.5);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const coverage = Math.max(0, Math.min(1, 0.5 - (distance(x, y) - width / 2)));
        levels[y * size + x]! += coverage * (grey - levels[y * size + x]!);
      }
    }
  }
  return levels;
}

/** The distance from a segment between two points of the image. */
function segment(size: number, random: Random): (x: number, y: number) => number {
  const [ax, ay, bx, by] = Array.from({ length: 4 }, () => random.uniform(0, size)) as [
    number,
    number,
    number,
    number,
  ];
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx ** 2 + dy ** 2 || 1;
  return (x, y) => {
    const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / square));
    return Math.hypot(x - ax - along * dx, y - ay - along * dy);
  };
}

/** The distance from a circle around a point of the image. */
function circle(size: number, random: Random): (x: number, y: number) => number {
  const [cx, cy, radius] = [random.uniform(0, size), random.uniform(0, size), random.uniform(3, size / 3)];
  return (x, y) => Math.abs(Math.hypot(x - cx, y - cy) - radius);
}

function clamp(level: number): number {
  return Math.max(0, Math.min(255, level));
}
