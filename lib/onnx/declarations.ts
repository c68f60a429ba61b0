import { Model, type ModelInfo } from "./model.ts";

/**
 * Declarations in a model's file about its values, under a key: one word by name; malformed ones are left
 * out.
 */
export function declarations<Word extends string>(
  { metadata }: Pick<ModelInfo, "metadata">,
  key: string,
  isWord: (value: unknown) => value is Word,
): Map<string, Word> {
  const text = Object.hasOwn(metadata, key) ? metadata[key]! : "{}";
  try {
    return new Map(
      Object.entries(JSON.parse(text) as object).filter((entry): entry is [string, Word] => isWord(entry[1])),
    );
  } catch {
    return new Map();
  }
}

/** The model that declares these words, beside what it declares already under the key. */
export function withDeclarations(model: Model, key: string, words: ReadonlyMap<string, string>): Model {
  if (words.size === 0) return model;
  const all = new Map([...declarations(model.info, key, (word) => typeof word === "string"), ...words]);
  const metadata = { ...model.info.metadata, [key]: JSON.stringify(Object.fromEntries(all)) };
  return new Model(model.graph, { ...model.info, metadata });
}
