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
 * A baseline or progressive JPEG image as RGB; grey ones get three equal channels. Chroma is enlarged by
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
    return { width, height, channels: 3, data };
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
