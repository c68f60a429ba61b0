import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

/** Characters after which a first line is no line. */
const MOST = 1 << 20;

/** The first line of a text file, plain or .gz, without its end; nothing where the file is empty. */
export async function firstLine(path: string): Promise<string | undefined> {
  const file = createReadStream(path);
  const stream = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  if (stream !== file) file.on("error", (error) => stream.destroy(error));
  let text = "";
  try {
    for await (const chunk of stream) {
      text += (chunk as Uint8Array & { toString(encoding: string): string }).toString("utf8");
      const end = text.indexOf("\n");
      if (end >= 0) return text.slice(0, end).replace(/\r$/, "");
      if (text.length > MOST) break;
    }
  } finally {
    stream.destroy();
    file.destroy();
  }
  return text === "" ? undefined : text;
}
