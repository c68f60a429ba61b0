import { readFile } from "../files/read_file.ts";
import { utf8Text } from "../files/utf8_text.ts";
import { requireOptions, requireWords } from "../options.ts";
import { dataFolders, filesIn } from "../data/folders.ts";
import { gunzip } from "../formats/archives/gunzip.ts";
import { type GlueName, glueTask } from "./glue_tasks.ts";
import { readGlue } from "./read_glue.ts";
import type { TextSet } from "./text_set.ts";
import { NotFoundError } from "../files/not_found.ts";

/**
 * Parts of a task: GLUE's own, and what the authors of a paper cut off to make choices on, `val`. Of MNLI,
 * `dev` and `test` are of the kinds of text that are learned from, those called mismatched of others.
 */
export type GlueSplit = "train" | "val" | "dev" | "test" | "dev_mismatched" | "test_mismatched";

/** Names of {@linkcode GlueSplit}. */
const SPLITS = {
  split: { train: true, val: true, dev: true, test: true, dev_mismatched: true, test_mismatched: true },
};

/** Where to look for GLUE. */
export interface GlueOptions {
  /** The one folder to look in, instead of `glue` under `ESPALIER_DATA` and in the cache. */
  folder?: string | undefined;
}

/** Pairs that GLUE cuts off the training pairs of MRPC's publisher. */
const MRPC_DEV = 408;

/** A file that holds a split, and which of its rows. */
interface Candidate {
  file: string;
  rows?: [from: number, to: number | undefined] | undefined;
  note?: string | undefined;
}

/**
 * A split of a task of GLUE, from the folder `glue` under `ESPALIER_DATA` or the cache, laid out as GLUE's
 * archive: `CoLA/train.tsv`, `MNLI/dev_matched.tsv` …, also gzipped. SST-2 is looked for in `sst2/` too. It
 * is not downloaded.
 *
 * Where MRPC is as Microsoft publishes it (`msr_paraphrase_train.txt`), the last 408 training pairs stand for
 * the development set, which GLUE cut off by ids that are not in it; `source` says so.
 *
 * @throws {Error} where there is none, {RangeError} for another task or split, {SyntaxError} where the file
 * is damaged
 */
export async function glue(task: GlueName, split: GlueSplit, options: GlueOptions = {}): Promise<TextSet> {
  requireOptions("glue", options, { folder: true });
  const { folder } = options;
  const { title, labels, metrics, folder: own } = glueTask(task);
  requireWords(`read the task "${task}"`, { split }, SPLITS);
  const given = folder === undefined ? dataFolders("glue") : [folder];
  const folders = [
    ...given.map((path) => `${path}/${own}`),
    ...task === "sst2" && folder === undefined ? dataFolders("sst2") : [],
  ];
  for (const path of folders) {
    const there = new Set(await filesIn(path));
    for (const { file, rows, note } of candidates(task, split)) {
      const name = [file, `${file}.gz`].find((name) => there.has(name));
      if (name === undefined) continue;
      const all = readGlue(task, await readText(`${path}/${name}`), `${path}/${name}`);
      return {
        title,
        labels,
        metrics,
        examples: rows ? all.slice(...rows) : all,
        source: `${path}/${name}${note === undefined ? "" : `: ${note}`}`,
      };
    }
  }
  throw new NotFoundError(
    `Cannot find ${title} (${split}): looked for ${
      candidates(task, split).map(({ file }) => file).join(" or ")
    }, plain or ` +
      `gzipped, in ${
        folders.join(" and ")
      }; put GLUE's files there, or set ESPALIER_DATA to a folder that has glue/`,
  );
}

function candidates(task: GlueName, split: GlueSplit): Candidate[] {
  if (task === "mnli" && (split === "dev" || split === "test")) return [{ file: `${split}_matched.tsv` }];
  const plain: Candidate = { file: `${split}.tsv` };
  if (task === "stsb" && split === "test") return [plain, { file: "original-sts-test.tsv" }];
  if (task !== "mrpc") return [plain];
  const original = (file: string, note?: string, rows?: [number, number | undefined]): Candidate[] => [
    plain,
    { file, note, rows },
  ];
  const known: Partial<Record<GlueSplit, Candidate[]>> = {
    train: original("msr_paraphrase_train.txt", `all but the last ${MRPC_DEV} pairs`, [0, -MRPC_DEV]),
    dev: original("msr_paraphrase_train.txt", `the last ${MRPC_DEV} pairs`, [-MRPC_DEV, undefined]),
    test: original("msr_paraphrase_test.txt"),
  };
  return known[split] ?? [plain];
}

/** A text file, gzipped or not. */
export async function readText(path: string): Promise<string> {
  const stored = await readFile(path);
  return utf8Text(path.endsWith(".gz") ? await gunzip(stored, path) : stored, path);
}
