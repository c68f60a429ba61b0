import { readSource } from "../formats/read_source.ts";
import { dirname, join } from "../node.ts";
import { decodeModel } from "../onnx/codec/decode.ts";
import { requireInside } from "../onnx/codec/external_data.ts";

/**
 * The files of this machine that an ONNX model is read from: its own, then those that hold its tensors, which
 * may be missing. Of these nothing is read.
 *
 * @throws SyntaxError where it is no ONNX model, or a file lies outside of its folder; Error where it cannot
 * be read
 */
export async function filesOfModel(path: string): Promise<string[]> {
  const { bytes, name } = await readSource(path);
  const locations = new Set<string>();
  decodeModel(bytes, {
    file: name,
    external: ({ location }) => {
      requireInside(location, name);
      locations.add(location);
      return undefined;
    },
  });
  const folder = dirname(path);
  return [path, ...Array.from(locations, (location) => join(folder, ...location.split(/[/\\]/)))];
}
