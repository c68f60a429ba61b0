import { TypeError } from "../errors.ts";
import { type Gguf, openGguf } from "../formats/gguf/open_gguf.ts";
import { type GgufMetadata, textAt } from "../formats/gguf/values.ts";
import { statIfFound } from "../files/not_found.ts";
import { vocabularyFromFolder } from "../text/vocabulary/from_folder.ts";
import { vocabularyFromGguf } from "../text/vocabulary/from_gguf.ts";
import { vocabularyFromLlama2c } from "../text/vocabulary/from_llama2c.ts";
import type { Vocabulary } from "../text/vocabulary/vocabulary.ts";
import { type ChatTemplate, chatTemplate } from "./chat_template.ts";

/** A vocabulary, and the chat template that stood beside it. */
interface Found {
  vocabulary: Vocabulary;
  chatTemplate: string | undefined;
}

/**
 * The vocabulary for a model: of the place that is named, or the model's own: in its file, in its folder, or
 * for a graph in the folder around it.
 *
 * @param metadata words of the model's file, where it is GGUF
 * @throws {TypeError} where there is none
 */
export async function vocabularyFor(
  model: string,
  metadata: GgufMetadata | undefined,
  tokenizer: string | undefined,
): Promise<Found> {
  if (tokenizer === undefined && metadata) return ofGguf({ metadata, name: model });
  const place = tokenizer ?? folderOf(model);
  if (place === undefined) {
    throw new TypeError(
      `Cannot open ${model} without a vocabulary, which its file lacks: give the option tokenizer`,
    );
  }
  if (statIfFound(place)?.isDirectory) return await vocabularyFromFolder(place);
  if (place.endsWith(".gguf")) return ofGguf(await openGguf(place));
  return { vocabulary: await vocabularyFromLlama2c(place), chatTemplate: undefined };
}

/** The folder with a model's tokenizer: itself, or of a graph its own or the one around that. */
function folderOf(model: string): string | undefined {
  if (statIfFound(model)?.isDirectory) return model;
  if (!model.endsWith(".onnx")) return undefined;
  const own = model.includes("/") ? model.replace(/\/[^/]*$/, "") : ".";
  return [own, `${own}/..`].find((folder) => statIfFound(`${folder}/tokenizer.json`));
}

function ofGguf(file: Pick<Gguf, "metadata" | "name">): Found {
  return {
    vocabulary: vocabularyFromGguf(file),
    chatTemplate: textAt(file.metadata, "tokenizer.chat_template"),
  };
}

/** The template with the spellings of the vocabulary's begin and end. */
export async function templateOf(
  source: string | undefined,
  vocabulary: Vocabulary,
): Promise<ChatTemplate | undefined> {
  if (source === undefined) return undefined;
  const spelt = (id: number | undefined) => id === undefined ? undefined : vocabulary.spelling(id);
  return await chatTemplate(source, { begin: spelt(vocabulary.begin), end: spelt([...vocabulary.end][0]) });
}
