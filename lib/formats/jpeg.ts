import { Error } from "../errors.ts";
import { importJpeg } from "../deps.ts";
import { unreadable } from "./archives/cursor.ts";
import { limits, raised } from "../limits.ts";
import type { Image } from "./image.ts";

/**
 * Pixels that a byte can stand for at most: a block of 8 × 8 takes a bit at least, that of its mean. A size
 * in the header that goes beyond asks for memory and time that the file does not account for.
 *
 * Source: ITU-T T.81, F.1.2.1 and G.1.1.1.1.
 */
const PIXELS_PER_BYTE = 8 * 64;

/** Whether the bytes begin like a JPEG image. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/**
 * A baseline or progressive JPEG image: one of one component is grey, all others RGB. Chroma is enlarged by
 * repetition, so decoders that interpolate differ by a few grey levels.
 *
 * @throws {SyntaxError} a damaged, cut or too large image
 */
export async function decodeJpeg(bytes: Uint8Array, name = "JPEG image"): Promise<Image> {
  const { decode } = await importJpeg();
  checkEnd(bytes, name);
  const most = Math.min(limits().pixels, PIXELS_PER_BYTE * bytes.length);
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: most / 1e6,
      maxMemoryUsageInMB: 16 * limits().pixels / 1e6,
    });
    if (!(width > 0 && height > 0)) throw new Error("it has no pixels");
    if (componentsOf(bytes) !== 1) return { width, height, channels: 3, data };
    return { width, height, channels: 1, data: data.filter((_, i) => i % 3 === 0) };
  } catch (error) {
    const { message } = error as Error;
    const why = /maxResolution/.test(message) && most < limits().pixels
      ? `expected at most ${most} pixels in ${bytes.length} bytes, found more in the header; it may be cut off`
      : /maxResolution|maxMemory/.test(message)
      ? `expected an image of at most ${limits().pixels} pixels; ${raised("pixels")}`
      : `expected a JPEG image, but ${message}`;
    throw unreadable(name, bytes.length, why);
  }
}

/** An image without its end marker was cut off, and decoders would fill the rest with grey. */
function checkEnd(bytes: Uint8Array, name: string): void {
  for (let at = bytes.length - 2; at >= 2; at--) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return;
  }
  throw unreadable(name, bytes.length, "expected the end marker of a JPEG image; the file may be cut off");
}

/**
 * How many components the frame has: none where no frame is found. The decoder, which reads the same header,
 * does not say.
 *
 * Source: ITU-T T.81, B.1.1.4 and B.2.2.
 */
function componentsOf(bytes: Uint8Array): number {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]!;
    // Bytes of 255 may fill the space before a marker.
    if (marker === 0xff) at++;
    else if (marker >= 0xc0 && marker <= 0xcf && !OF_TABLES.includes(marker)) return bytes[at + 9]!;
    else at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
  }
  return 0;
}

/** Markers among those of frames that are of Huffman tables, extensions and arithmetic coding. */
const OF_TABLES: readonly number[] = [0xc4, 0xc8, 0xcc];
