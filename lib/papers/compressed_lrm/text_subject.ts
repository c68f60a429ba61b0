import { count, fields, list, parseShape } from "../../files/schema.ts";
import { readFile, readText } from "../../files/read_file.ts";
import { dataFolders, missing } from "../../data/folders.ts";
import { packagedModel } from "../../data/packaged_models.ts";
import { statIfFound } from "../../files/not_found.ts";
import { gunzip } from "../../formats/archives/gunzip.ts";
import { openLanguageModel } from "../../lm/language_model.ts";
import { annotate, type AnnotatedAnswer } from "../../interpretation/annotated_answer.ts";
import type { Model } from "../../onnx/model.ts";
import { seededRandom } from "../../random.ts";
import { annotatedItems, storyBehaviours } from "./matrices/behaviours.ts";
import { lessonRow } from "./language.ts";
import type { Text } from "./text_losses.ts";
import { LESSON_LENGTH, type ProbeSpec, worldOf } from "./probe.ts";

/** A model whose perplexity is measured. */
export type SubjectName = "stories260K" | "smollm2-135m" | "probe";

/** Subjects in words. */
export const SUBJECTS: Readonly<Record<SubjectName, string>> = {
  "stories260K": "stories260K, on stories that it told",
  "smollm2-135m": "SmolLM2-135M-Instruct from 4-bit codes, on WikiText-2",
  "probe": "the probe, on answers to lessons",
};

/** A model, and texts to calibrate and to measure on, in tokens, all of one length. */
export interface TextSubject {
  /** The graph for whole texts. */
  model: Model;
  /** Texts to calibrate on, and to try matrices out on. */
  calibration: readonly (readonly number[])[];
  /** Texts to measure on. */
  texts: readonly Text[];
  /** Texts of which it is known what is done where; none where nobody has said. */
  answers: readonly AnnotatedAnswer[];
}

/** Layers of the teller of stories. */
export const STORIES_LAYERS = 5;

const storiesFolder = (): string | undefined =>
  dataFolders("lm").find((folder) => statIfFound(`${folder}/stories260K-f32.gguf`));

/** Whether the small teller of stories is there: without it the probe stands in for it. */
export const hasStories = (): boolean => storiesFolder() !== undefined;

const smollm2 = (): boolean =>
  dataFolders("smollm2-135m-instruct").some((folder) => statIfFound(`${folder}/${SMOLLM2}`));

const SMOLLM2 = "SmolLM2-135M-Instruct.Q4_1.gguf";

const wikitext = (): string | undefined =>
  dataFolders("wikitext2").find((folder) => statIfFound(`${folder}/test_tokenized.txt.gz`));

/** Files under `ESPALIER_DATA` that a subject is made of. */
export const FILES: Readonly<Record<SubjectName, readonly string[]>> = {
  "stories260K": ["lm/stories260K-f32.gguf", "lm/stories260K_samples.json"],
  "smollm2-135m": [
    `smollm2-135m-instruct/${SMOLLM2}`,
    "wikitext2/test_tokenized.txt.gz",
    "wikitext2/valid_tokenized.txt.gz",
  ],
  "probe": [],
};

/** Whether a real, small model and a text to measure it on are there. */
export const hasSmollm2 = (): boolean => smollm2() && wikitext() !== undefined;

const SAMPLES = fields({ cal: list(list(count)), ev: list(list(count)) });

/** The teller of stories: 64 texts to calibrate on, 256 to measure on, of 128 tokens each. */
export async function storiesSubject(): Promise<TextSubject> {
  const folder = storiesFolder();
  if (!folder) throw missing("stories260K", "lm", dataFolders("lm"));
  await using opened = await openLanguageModel(`${folder}/stories260K-f32.gguf`);
  const path = `${folder}/stories260K_samples.json`;
  const { cal, ev } = parseShape<{ cal: number[][]; ev: number[][] }>(
    await readText(path),
    SAMPLES,
    `read ${path}`,
  );
  return {
    model: opened.graph,
    calibration: cal,
    texts: ev.map((ids) => ({ ids })),
    answers: ev.slice(0, ANNOTATED).map((ids) =>
      annotate(opened, ids, 0, storyBehaviours(opened.vocabulary, ids))
    ),
  };
}

/** Stories that are looked into. */
const ANNOTATED = 64;

/** A real model: windows of 512 tokens of WikiText-2, its part for validation to calibrate on. */
export async function smollm2Subject(
  { calibration, texts }: { calibration: number; texts: number },
): Promise<TextSubject> {
  const path = `${packagedModel("smollm2-135m-instruct")}/${SMOLLM2}`;
  const folder = wikitext();
  if (!folder) throw missing("WikiText-2", "wikitext2", dataFolders("wikitext2"));
  await using opened = await openLanguageModel(path);
  const windows = async (part: string, count: number) => {
    const file = `${folder}/${part}_tokenized.txt.gz`;
    const text = spaced(new TextDecoder().decode(await gunzip(await readFile(file), file)));
    // A token takes four or five letters: twice as many suffice, and the rest need not be cut.
    const ids = opened.vocabulary.encode(text.slice(0, 12 * WINDOW * count));
    return Array.from({ length: count }, (_, i) => ids.slice(i * WINDOW, (i + 1) * WINDOW));
  };
  return {
    model: opened.graph,
    calibration: await windows("valid", calibration),
    texts: (await windows("test", texts)).map((ids) => ({ ids })),
    answers: [],
  };
}

const WINDOW = 512;

/** The spacing of written text, from the form with a space around each word. */
function spaced(text: string): string {
  return text.replaceAll(/ @([-,.])@ /g, "$1")
    .replaceAll(/ ([,.;:!?)\]%])/g, "$1")
    .replaceAll(/([(\[$£]) /g, "$1")
    .replaceAll(/ (n't|'(?:s|re|ve|m|ll|d)\b)/g, "$1")
    .replaceAll(/" ([^"\n]*) "/g, '"$1"');
}

/** A probe, and rows of lessons that it was not trained on, of which answers count. */
export function probeSubject(model: Model, spec: ProbeSpec): TextSubject {
  const facts = worldOf(spec);
  const rows = (part: string, count: number) => {
    const random = seededRandom(spec.seed, "texts", part);
    return Array.from({ length: count }, () => lessonRow(random, facts, LESSON_LENGTH));
  };
  return {
    model,
    calibration: rows("calibration", 64).map(({ ids }) => ids),
    texts: rows("evaluation", 256).map(({ ids, next }) => ({
      ids,
      counts: next.slice(0, -1).map((id) => id >= 0),
    })),
    answers: annotatedItems(facts, spec),
  };
}
