import { Error, RangeError, TypeError } from "../errors.ts";
import { ask, bodyOf } from "../files/read_body.ts";
import { limits, raised } from "../limits.ts";
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
      `Cannot read ${
        Deno.inspect(source, { depth: 0 })
      }: expected a path, an address (http:, https:, file:, data:) ` +
        `or the bytes of a file`,
    );
  }
  const address = asAddress(source);
  if (address && address.protocol !== "file:") return await fetchBytes(address);
  const name = address ? decodeURIComponent(address.pathname) : `${source}`;
  try {
    await requireReadable(address ?? name);
    return { bytes: await Deno.readFile(address ?? name), name };
  } catch (error) {
    const Kind = saysAbsent(error) ? NotFoundError : Error;
    throw new Kind(`Cannot read ${name}: ${reasonOf(error)}`, { cause: error });
  }
}

/** The system's message repeats the path; the two usual mistakes deserve a plainer one. */
function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return `there is no such file; relative paths begin at ${Deno.cwd()}`;
  }
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder; name a file in it";
  return (error as Error).message;
}

/** Throws where reading would not end, or would take more memory than was said. */
async function requireReadable(path: string | URL): Promise<void> {
  const { isFile, isDirectory, size } = await Deno.stat(path);
  if (!isFile && !isDirectory) throw new Error("it is a pipe or a device; name a regular file");
  if (size > limits().sourceBytes) {
    throw new RangeError(
      `it has ${size} bytes, more than the ${limits().sourceBytes} that are read whole; ${
        raised("sourceBytes")
      }`,
    );
  }
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
