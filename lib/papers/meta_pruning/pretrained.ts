import { Error } from "../../errors.ts";
import { filesIn } from "../../data/folders.ts";
import { loadCheckpoint } from "../../formats/load_checkpoint.ts";
import { loadWeights } from "../../nn/load_weights.ts";
import { vitWeightName } from "../../nn/vit.ts";
import type { Model } from "../../onnx/model.ts";
import { NotFoundError } from "../../files/not_found.ts";

const CHECKPOINT = /\.(pth|pt|th|safetensors|npz)$/;

/**
 * The model with the weights of the checkpoint in a folder whose file's name begins as said.
 *
 * @throws Error where there is none, or several; what {@linkcode loadWeights} throws where it is of another
 * network
 */
export async function pretrained(model: Model, folder: string, name: string): Promise<Model> {
  const files = (await filesIn(folder)).filter((file) => file.startsWith(name) && CHECKPOINT.test(file))
    .sort();
  if (files.length === 0) {
    throw new NotFoundError(
      `Cannot find a checkpoint of ${name} in ${folder}: expected a file ${name}*.pth or ${name}*.safetensors; put ` +
        `torchvision's there (https://pytorch.org/vision/stable/models.html)`,
    );
  }
  if (files.length > 1) {
    throw new Error(
      `Cannot choose between ${
        files.join(" and ")
      } in ${folder}: leave the one that training is to begin with`,
    );
  }
  const tensors = await loadCheckpoint(`${folder}/${files[0]}`);
  return loadWeights(model, tensors, { rename: vitWeightName });
}
