import type { Model } from "../onnx/model.ts";
import { saveModel } from "../io/save_model.ts";
import { UsageError } from "./command.ts";

/**
 * Writes a model as .onnx.
 *
 * @throws {UsageError} where the name says that it is to be something else
 */
export async function saveOnnx(model: Model, path: string): Promise<void> {
  if (!/\.onnx$/i.test(path)) {
    throw new UsageError(
      `Cannot write ${path}: this command writes .onnx; name such a file, and \`convert\` makes others of it`,
    );
  }
  await saveModel(model, path);
}
