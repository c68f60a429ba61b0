import { replaceFile } from "../files/replace_files.ts";
import { decodeImatrix, encodeImatrix } from "../formats/gguf/imatrix.ts";
import { readSource, type Source } from "../formats/read_source.ts";
import { decoderName } from "./read/from_gguf.ts";
import { ggufName } from "./write/gguf_name.ts";

/**
 * An importance matrix of llama.cpp's, under the names of {@linkcode decoder}, as {@linkcode
 * writeLanguageModel}
 * takes it; entries for tensors that a decoder has not are passed over.
 *
 * @throws {SyntaxError} where the file is damaged, or is none
 */
export async function readImportance(source: Source): Promise<Record<string, Float32Array>> {
  const { bytes, name } = await readSource(source);
  return Object.fromEntries(
    Object.entries(decodeImatrix(bytes, name).entries).flatMap(([key, means]) => {
      const own = decoderName(key);
      return own === undefined ? [] : [[own, means]];
    }),
  );
}

/**
 * Writes what {@linkcode importanceOf} measured as llama.cpp's tools read it.
 *
 * @param about how many texts it was measured on, and what they are called
 */
export async function writeImportance(
  path: string,
  importance: Readonly<Record<string, ArrayLike<number>>>,
  about: { texts: number; name: string },
): Promise<void> {
  const entries = Object.fromEntries(
    Object.entries(importance).map(([name, means]) => [ggufName(name), Float32Array.from(means)]),
  );
  await replaceFile(path, encodeImatrix({ entries, chunks: about.texts, dataset: about.name }), "importance");
}
