import { requireRegular } from "../../files/read_file.ts";
import { stat } from "../../node.ts";
import { notFoundFor } from "./first_line.ts";

/**
 * Which version of a file is read: one that is written again is another one.
 *
 * @throws NotFoundError where there is no such file
 */
export async function versionOf(path: string): Promise<{ path: string; size: number; mtimeMs: number }> {
  try {
    await requireRegular(path);
    const { size, mtimeMs } = await stat(path);
    return { path, size, mtimeMs };
  } catch (error) {
    throw notFoundFor(path, error) ?? error;
  }
}
