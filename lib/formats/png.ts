/**
 * PNG, read completely or not at all: every checksum is checked, and the pixels must be exactly as many as
 * the header says, which bounds memory before anything is unpacked.
 *
 * Source: W3C, Portable Network Graphics (PNG) Specification (Third Edition).
 */
import { RangeError } from "../errors.ts";
import { quoted } from "../printable.ts";
import { zlibSync } from "../deps.ts";
import { crc32 } from "../files/crc32.ts";
import { adler32 } from "./archives/adler32.ts";
import { type Cursor, cursor, unreadable } from "./archives/cursor.ts";
import { limits, raised } from "../limits.ts";
import type { Image } from "./image.ts";
import { inflate } from "./archives/inflate.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Samples per pixel and allowed bits per sample of each colour type (table 8). */
const COLOUR_TYPES: Readonly<Record<number, { samples: number; depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/** First column, first row, step right and step down of the passes of interlaced images (section 8.2). */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

interface Header {
  width: number;
  height: number;
  depth: number;
  colourType: number;
  samples: number;
  interlaced: boolean;
}

/** Whether the bytes begin like a PNG image. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * A PNG image with 8-bit samples: palettes become RGB, transparent colours become an alpha channel, 16-bit
 * samples are rounded to 8, smaller ones stretched to 0 … 255. Of an animation, the still image.
 *
 * @throws {SyntaxError} a damaged or cut file, or more than 2²⁸ samples
 */
export function decodePng(bytes: Uint8Array, name = "PNG image"): Image {
  if (!isPng(bytes)) throw unreadable(name, 0, "expected a PNG image");
  const { header, palette, transparency, data, at } = readChunks(cursor(bytes, name, SIGNATURE.length));
  const { width, height, samples } = header;
  const passes = (header.interlaced ? ADAM7 : [[0, 0, 1, 1] as const]).map(([x, y, dx, dy]) => ({
    x,
    y,
    dx,
    dy,
    width: Math.ceil((width - x) / dx),
    height: Math.ceil((height - y) / dy),
  })).filter((pass) => pass.width > 0 && pass.height > 0);
  const rowBytes = (pixels: number) => Math.ceil(pixels * samples * header.depth / 8);
  const size = passes.reduce((sum, pass) => sum + pass.height * (1 + rowBytes(pass.width)), 0);
  const raw = unzlib(data, size, name, at);
  const pixels = new Uint16Array(width * height * samples);
  let offset = 0;
  for (const pass of passes) {
    const length = rowBytes(pass.width);
    let above = new Uint8Array(length);
    for (let row = 0; row < pass.height; row++, offset += 1 + length) {
      const line = raw.subarray(offset + 1, offset + 1 + length) as Uint8Array<ArrayBuffer>;
      unfilter(raw[offset]!, line, { above, step: Math.max(1, samples * header.depth >> 3) }, { name, at });
      spread(line, pixels, header, { ...pass, row });
      above = line;
    }
  }
  return finish(pixels, header, { palette, transparency }, { name, at });
}

interface Chunks {
  header: Header;
  palette: Uint8Array | undefined;
  transparency: Uint8Array | undefined;
  data: Uint8Array;
  at: number;
}

function readChunks(place: Cursor): Chunks {
  let header: Header | undefined;
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  const data: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    const start = place.offset;
    const length = big32(place, "the length of a chunk");
    const type = String.fromCharCode(...place.bytes.subarray(place.offset, place.offset + 4));
    const body = place.take(4 + length, `chunk ${quoted(type)}`);
    if (big32(place, "a checksum") !== crc32(body)) {
      throw place.fail(
        `chunk ${quoted(type)} does not match its checksum: the file is damaged`,
        start,
      );
    }
    const content = body.subarray(4);
    if (!header && type !== "IHDR") {
      throw place.fail(`expected chunk "IHDR" first, found ${quoted(type)}`, start);
    }
    if (type === "IHDR") header = readHeader(content, place, start);
    else if (type === "PLTE") palette = content;
    else if (type === "tRNS") transparency = content;
    else if (type === "IDAT") at = (data.push(content), at || start);
    else if (type === "IEND") break;
    else if (/^[A-Z]/.test(type)) {
      throw place.fail(`found chunk ${quoted(type)}, which is not known`, start);
    }
  }
  return { header: header!, palette, transparency, data: join(data), at };
}

function big32(place: Cursor, what: string): number {
  const [a, b, c, d] = place.take(4, what);
  return (a! * 0x1000000) + (b! << 16 | c! << 8 | d!);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

function readHeader(content: Uint8Array, place: Cursor, start: number): Header {
  if (content.length !== 13) {
    throw place.fail(`expected 13 bytes in chunk "IHDR", found ${content.length}`, start);
  }
  const chunk = cursor(content, place.name);
  const [width, height] = [big32(chunk, "the width"), big32(chunk, "the height")];
  const [depth, colourType, compression, filter, interlace] = content.subarray(8) as unknown as number[];
  const colour = COLOUR_TYPES[colourType!];
  if (!colour || !colour.depths.includes(depth!)) {
    throw place.fail(
      `found colour type ${colourType} with ${depth} bits a sample, which PNG does not have`,
      start,
    );
  }
  if (compression !== 0 || filter !== 0 || interlace! > 1) {
    throw place.fail("found a compression, filter or interlace method that PNG does not have", start);
  }
  if (!(width > 0 && height > 0 && width * height <= limits().pixels)) {
    throw place.fail(
      `expected an image of 1 to ${limits().pixels} pixels, found ${width} × ${height}; ${raised("pixels")}`,
      start,
    );
  }
  return {
    width,
    height,
    depth: depth!,
    colourType: colourType!,
    samples: colour.samples,
    interlaced: interlace === 1,
  };
}

function unzlib(data: Uint8Array, size: number, name: string, at: number): Uint8Array {
  if (data.length < 6 || (data[0]! & 15) !== 8 || (data[0]! * 256 + data[1]!) % 31 !== 0 || data[1]! & 32) {
    throw unreadable(name, at, "expected a zlib stream of pixels");
  }
  let pixels: Uint8Array;
  try {
    pixels = inflate(data.subarray(2, -4), size);
  } catch (error) {
    throw unreadable(name, at, `expected ${size} bytes of pixels, but ${(error as Error).message}`);
  }
  const sum = new DataView(data.buffer, data.byteOffset).getUint32(data.length - 4);
  if (adler32(pixels) === sum) return pixels;
  throw unreadable(name, at, "the pixels do not match their checksum: the file is damaged");
}

/**
 * Undoes the filter of one row in place (section 9.2); `above` is the row before it, `step` the bytes of a
 * pixel.
 */
function unfilter(
  filter: number,
  line: Uint8Array,
  { above, step }: { above: Uint8Array; step: number },
  { name, at }: { name: string; at: number },
): void {
  if (filter > 4) throw unreadable(name, at, `expected a row filter from 0 to 4, found ${filter}`);
  if (filter === 0) return;
  for (let i = 0; i < line.length; i++) {
    const left = i < step ? 0 : line[i - step]!;
    const up = above[i]!;
    if (filter === 1) line[i]! += left;
    else if (filter === 2) line[i]! += up;
    else if (filter === 3) line[i]! += (left + up) >> 1;
    else line[i]! += paeth(left, up, i < step ? 0 : above[i - step]!);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** Puts the samples of one row of one pass where they belong. */
function spread(
  line: Uint8Array,
  pixels: Uint16Array,
  { width, depth, samples }: Header,
  pass: { x: number; y: number; dx: number; dy: number; width: number; row: number },
): void {
  const start = (pass.y + pass.row * pass.dy) * width + pass.x;
  const mask = (1 << Math.min(depth, 8)) - 1;
  for (let i = 0; i < pass.width * samples; i++) {
    const bit = i * depth;
    const sample = depth === 16
      ? line[2 * i]! << 8 | line[2 * i + 1]!
      : line[bit >> 3]! >> (8 - depth - (bit & 7)) & mask;
    const pixel = Math.floor(i / samples);
    pixels[(start + pixel * pass.dx) * samples + i % samples] = sample;
  }
}

function finish(
  pixels: Uint16Array,
  { width, height, depth, colourType, samples }: Header,
  { palette, transparency }: { palette: Uint8Array | undefined; transparency: Uint8Array | undefined },
  { name, at }: { name: string; at: number },
): Image {
  const count = width * height;
  if (colourType === 3) {
    if (!palette || palette.length % 3 !== 0) {
      throw unreadable(name, at, 'expected chunk "PLTE" with colours');
    }
    const channels = transparency ? 4 : 3;
    const data = new Uint8Array(count * channels);
    for (let i = 0; i < count; i++) {
      const index = pixels[i]!;
      if (index * 3 >= palette.length) {
        throw unreadable(name, at, `found colour ${index} of a palette of ${palette.length / 3}`);
      }
      data.set(palette.subarray(index * 3, index * 3 + 3), i * channels);
      if (transparency) data[i * 4 + 3] = transparency[index] ?? 255;
    }
    return { width, height, channels, data };
  }
  const scale = 255 / (2 ** depth - 1);
  const key = colourType < 3 && transparency ? transparentColour(transparency, samples, name, at) : undefined;
  const channels = samples + (key ? 1 : 0);
  const data = new Uint8Array(count * channels);
  for (let i = 0; i < count; i++) {
    for (let s = 0; s < samples; s++) data[i * channels + s] = Math.round(pixels[i * samples + s]! * scale);
    if (key) {
      data[i * channels + samples] = key.every((value, s) => value === pixels[i * samples + s]) ? 0 : 255;
    }
  }
  return { width, height, channels, data };
}

function transparentColour(chunk: Uint8Array, samples: number, name: string, at: number): number[] {
  if (chunk.length !== 2 * samples) {
    throw unreadable(name, at, `expected ${2 * samples} bytes in chunk "tRNS"`);
  }
  return Array.from({ length: samples }, (_, s) => chunk[2 * s]! << 8 | chunk[2 * s + 1]!);
}

/**
 * A PNG file of an 8-bit image, unfiltered.
 *
 * @throws {RangeError} unless there are `width · height · channels` samples and 1 to 4 channels
 */
export function encodePng({ width, height, channels, data }: Image): Uint8Array {
  const colourType = [undefined, 0, 4, 2, 6][channels];
  if (colourType === undefined || !(width > 0 && height > 0) || data.length !== width * height * channels) {
    throw new RangeError(
      `Cannot write a PNG of ${width} × ${height} pixels with ${channels} channels and ${data.length} samples: ` +
        `expected 1 to 4 channels and ${width * height * channels} samples`,
    );
  }
  const rows = new Uint8Array(height * (1 + width * channels));
  for (let y = 0; y < height; y++) {
    rows.set(data.subarray(y * width * channels, (y + 1) * width * channels), y * (1 + width * channels) + 1);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, colourType], 8);
  const parts = [
    chunk("IHDR", header),
    chunk("IDAT", zlibSync(rows, { level: 6 })),
    chunk("IEND", new Uint8Array()),
  ];
  return join([Uint8Array.from(SIGNATURE), ...parts]);
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}
