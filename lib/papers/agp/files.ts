import { fields, list, number, parseShape, text } from "../../files/schema.ts";
import { readText } from "../../files/read_file.ts";
import { dataFolders } from "../../data/folders.ts";
import { loadCheckpoint } from "../../formats/load_checkpoint.ts";
import { loadWeights } from "../../nn/load_weights.ts";
import type { Model } from "../../onnx/model.ts";
import { numbersOf } from "../../tensor/tensor.ts";
import { releasedNetwork } from "../../agents/networks/released.ts";
import { type DomainName, DOMAINS } from "./domains.ts";
import { NotFoundError, statIfFound } from "../../files/not_found.ts";

/** The folder of the released files, or of their embeddings, where it is on this machine. */
export function agpFolder(name: "agp" | "agp-minilm"): string | undefined {
  return dataFolders(name).find((folder) => statIfFound(folder));
}

function requireFolder(name: "agp" | "agp-minilm"): string {
  const folder = agpFolder(name);
  if (folder) return folder;
  throw new NotFoundError(
    `Cannot find what AGP released: looked in ${
      dataFolders(name).join(" and ")
    }; put the corpora and weights of ` +
      `github.com/Resurgamm/AGP there, or set ESPALIER_DATA to a folder that has ${name}/`,
  );
}

/** Stored embeddings, and what the release says of the first texts by them. */
const EMBEDDINGS = "agp_minilm_embeddings_f16.safetensors";

/** What PyTorch computed with the released weights: of formulas, and of true texts. */
const REFERENCES = {
  agp: "parity_fixtures.json",
  "agp-minilm": "agp_true_embedding_reference.json",
} as const;

const isHere = (folder: "agp" | "agp-minilm", name: string): boolean => {
  const own = agpFolder(folder);
  return own !== undefined && statIfFound(`${own}/${name}`) !== undefined;
};

/** Whether the stored embeddings of texts are on this machine. */
export const hasEmbeddings = (): boolean => isHere("agp-minilm", EMBEDDINGS);

/** Whether the numbers that released networks are held against are here: the release does not have them. */
export const hasReferences = (): boolean =>
  isHere("agp", REFERENCES.agp) && isHere("agp-minilm", REFERENCES["agp-minilm"]);

/** The path of a file of references. */
export const referencePath = (folder: "agp" | "agp-minilm"): string => agpFile(folder, REFERENCES[folder]);

/**
 * The path of one of the files.
 *
 * @throws Error where its folder is not on this machine
 */
export function agpFile(folder: "agp" | "agp-minilm", name: string): string {
  return `${requireFolder(folder)}/${name}`;
}

/** One record of a released corpus: a question that was answered rightly, and the graph that did. */
export interface CorpusRecord {
  /** The question. */
  readonly task: string;
  /** Chance of each link at its draw, 0 where it was not allowed then, [N][N]. */
  readonly edge_weight: readonly (readonly number[])[];
  /** 1 where the agent was **pruned**. */
  readonly mask: readonly number[];
}

const CORPUS = list(fields({ task: text, edge_weight: list(list(number)), mask: list(number) }));

/** A released corpus, of what the first stage found. */
export async function corpusOf(domain: DomainName): Promise<CorpusRecord[]> {
  const path = `${requireFolder("agp")}/train_${domain}.json`;
  return parseShape<CorpusRecord[]>(await readText(path), CORPUS, `read ${path}`);
}

/** The released network of a domain; its file is read as data, and nothing in it is run. */
export async function releasedModel(domain: DomainName): Promise<Model> {
  const tensors = await loadCheckpoint(`${requireFolder("agp")}/model_${domain}.pth`, { key: "" });
  return loadWeights(releasedNetwork({ roleGraph: DOMAINS[domain].roleGraph }), tensors, {
    rename: (name) => name.startsWith("optimizer.") ? undefined : name,
  });
}

/** Embeddings of a domain by all-MiniLM-L6-v2, 384 values each, of unit length. */
export interface DomainEmbeddings {
  /** One for each role. */
  readonly roles: readonly Float32Array[];
  /** One for each record of the corpus. */
  readonly tasks: readonly Float32Array[];
}

/** The stored embeddings of a domain's roles and questions. */
export async function embeddingsOf(domain: DomainName): Promise<DomainEmbeddings> {
  const tensors = await loadCheckpoint(
    agpFile("agp-minilm", EMBEDDINGS),
  );
  const of = (name: string) => {
    const tensor = tensors[`${domain}.${name}`]!;
    const numbers = Float32Array.from(numbersOf(tensor));
    const size = tensor.dims[1]!;
    return Array.from({ length: tensor.dims[0]! }, (_, i) => numbers.slice(i * size, (i + 1) * size));
  };
  return { roles: of("roles"), tasks: of("tasks") };
}
