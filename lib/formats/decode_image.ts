import { unreadable } from "./archives/cursor.ts";
import type { Image } from "./image.ts";
import { decodeJpeg, isJpeg } from "./jpeg.ts";
import { decodePng, isPng } from "./png.ts";

/**
 * A PNG or JPEG image, told apart by its first bytes.
 *
 * @param name where the bytes come from, for error messages
 * @throws {SyntaxError} a damaged or cut file, another format, or an image of more than 2²⁸ samples
 */
export async function decodeImage(bytes: Uint8Array, name = "image"): Promise<Image> {
  if (isPng(bytes)) return decodePng(bytes, name);
  if (isJpeg(bytes)) return await decodeJpeg(bytes, name);
  throw unreadable(name, 0, "expected a PNG or JPEG image");
}
