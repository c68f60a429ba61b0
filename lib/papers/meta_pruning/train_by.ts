import type { Model } from "../../onnx/model.ts";
import { fingerprint } from "../../train/checkpoint.ts";
import { fit, type FitOptions } from "../../train/fit.ts";
import { SAVED_EVERY } from "../../metanet/data_models.ts";
import { folderOf, type MetaConfig, trainingOf } from "./networks.ts";
import type { Recipe } from "./presets.ts";

/**
 * A model trained by a recipe. Where the preset's trainings last long they are saved on the way, and go on from there when
 * the same is asked for again, until {@linkcode forgetTrainings}.
 */
export async function trainBy(
  recipe: Recipe,
  model: Model,
  config: MetaConfig,
  more: Pick<FitOptions, "loss" | "sparsify"> = {},
): Promise<Model> {
  const options = { ...trainingOf(recipe, config), ...more };
  if (!config.preset.resumes) return (await fit(model, config.subject.train, options)).model;
  const folder = await trainingsOf(config);
  await Deno.mkdir(folder, { recursive: true });
  const name = await fingerprint([model.toOnnx()], [
    JSON.stringify(recipe),
    more.loss?.name ?? "",
    more.sparsify?.name ?? "",
  ]);
  const checkpoint = { path: `${folder}/${name.slice(0, 16)}.safetensors`, everySeconds: SAVED_EVERY };
  return (await fit(model, config.subject.train, { ...options, checkpoint })).model;
}

/** Removes what {@linkcode trainBy} saved: what the trainings were for is known now. */
export async function forgetTrainings(config: MetaConfig): Promise<void> {
  if (!config.preset.resumes) return;
  await Deno.remove(await trainingsOf(config), { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

async function trainingsOf(config: MetaConfig): Promise<string> {
  return `${await folderOf(config)}/trainings`;
}
