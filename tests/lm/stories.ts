import {
  type LanguageModel,
  type LanguageModelOptions,
  openLanguageModel,
} from "../../lib/lm/language_model.ts";
import { dataFile } from "../data.ts";

/** A model of 260,000 parameters that tells stories; `undefined` where the data is not there. */
export const STORIES = dataFile("lm/stories260K-f32.gguf");

/** Opens it, with a template of its own, which its file lacks. */
export async function openStories(
  options: LanguageModelOptions = {},
  file = STORIES!,
): Promise<LanguageModel> {
  const template = "{{ bos_token }}{% for message in messages %}{% if message.role == 'tool' %}" +
    "{{ raise_exception('no tools') }}{% endif %}{{ message.content }}{% endfor %}";
  return await openLanguageModel(file, { template, ...options });
}
