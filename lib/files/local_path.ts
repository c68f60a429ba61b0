import { TypeError } from "../errors.ts";
import { fileURLToPath } from "../node.ts";

/**
 * The path of the file or folder of this machine that an address names, on Windows with its drive and
 * backslashes. A percent sign that begins no escape stands for itself, as where Deno opens an address.
 *
 * @throws TypeError where the address names no file of this machine
 * @throws Error in a page
 */
export function localPath(address: string | URL): string {
  const url = new URL(address);
  try {
    return fileURLToPath(url.href.replace(/%(?![0-9A-Fa-f]{2})/g, "%25"));
  } catch (error) {
    if (!(error instanceof globalThis.TypeError || error instanceof URIError)) throw error;
    throw new TypeError(
      `Cannot find the file of ${url.href}: ${error.message}; give its path, or an address as of pathToFileURL`,
      { cause: error },
    );
  }
}
