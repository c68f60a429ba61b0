import { Error, TypeError } from "../errors.ts";
import { ask, bodyOf } from "../files/read_body.ts";
import { localPath } from "../files/local_path.ts";
import { requireDisk } from "../files/require_disk.ts";
import { readWhole, whyUnreadable } from "../files/read_file.ts";
import { NotFoundError, saysAbsent } from "../files/not_found.ts";

/** Where a file is: a path, an address (`file:`, `http:`, `https:`, `data:`), or its bytes. */
export type Source = string | URL | Uint8Array | ArrayBuffer;

/**
 * The bytes of a file and a name for it in messages.
 *
 * @throws {Error} if it cannot be read; the message says which file and what to do
 * @throws {TypeError} if it is no source
 */
export async function readSource(source: Source): Promise<{ bytes: Uint8Array; name: string }> {
  if (source instanceof Uint8Array) return { bytes: source, name: "the given bytes" };
  if (source instanceof ArrayBuffer) return { bytes: new Uint8Array(source), name: "the given bytes" };
  if (typeof source !== "string" && !(source instanceof URL)) {
    throw new TypeError(
      `Cannot read ${inWords(source)}: expected a path, an address (http:, https:, file:, data:) ` +
        `or the bytes of a file`,
    );
  }
  const address = asAddress(source);
  if (address && address.protocol !== "file:") return await fetchBytes(address);
  requireDisk(`read ${source}`, "give the file's bytes, or an address: https:, blob:, data:");
  const name = address ? localPath(address) : `${source}`;
  try {
    const why = await whyUnreadable(address ?? name);
    if (why !== undefined) throw new Error(why);
    return { bytes: await readWhole(address ?? name), name };
  } catch (error) {
    const Kind = saysAbsent(error) ? NotFoundError : Error;
    throw new Kind(`Cannot read ${name}: ${reasonOf(error)}`, { cause: error });
  }
}

/** What was given in the place of a source. */
function inWords(given: unknown): string {
  return "Deno" in globalThis ? Deno.inspect(given, { depth: 0 }) : `${given}`;
}

/** The system's message repeats the path; the two usual mistakes deserve a plainer one. */
function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return `there is no such file; relative paths begin at ${Deno.cwd()}`;
  }
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder; name a file in it";
  return (error as Error).message;
}

/** A path is no address, not even a Windows path with its drive letter. */
function asAddress(source: string | URL): URL | undefined {
  if (source instanceof URL) return source;
  return /^(?:https?|file|data|blob):/.test(source) ? new URL(source) : undefined;
}

async function fetchBytes(address: URL): Promise<{ bytes: Uint8Array; name: string }> {
  const name = address.protocol === "data:" ? "the data: address" : address.href;
  let response: Response;
  try {
    response = await ask(address);
  } catch (error) {
    throw new Error(`Cannot fetch ${name}: ${(error as Error).message}; check the network and the address`, {
      cause: error,
    });
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`Cannot fetch ${name}: the server answered ${response.status} ${response.statusText}`);
  }
  try {
    return { bytes: await bodyOf(response), name };
  } catch (error) {
    throw new Error(`Cannot fetch ${name}: ${(error as Error).message}`, { cause: error });
  }
}
