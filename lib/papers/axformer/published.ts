/**
 * Numbers that others published, as data with their source. They are shown beside what is measured here, and
 * never in the same column.
 *
 * The body of the paper could not be had: no number here is a cell of one of its tables.
 */

/** Where numbers come from. */
export interface Sourced<T> {
  /** Publication, and its part. */
  source: string;
  /** The numbers. */
  rows: readonly T[];
}

/** Claims in the abstract of a version of the paper. */
export interface Headline {
  /** Version of the paper. */
  version: string;
  /** Accuracy gained, in percent or points: it does not say. */
  accuracy?: number;
  /** Times as fast. */
  faster: number;
  /** Times as small. */
  smaller: number;
  /** Under which condition. */
  condition: string;
}

/** The abstracts: each "up to". */
export const HEADLINES: Sourced<Headline> = {
  source: "abstracts of arXiv:2010.03688, versions 1 and 2; OpenReview i3Ui1Csrqpm, aUoV6qhY_e",
  rows: [
    {
      version: "v2 (2022)",
      accuracy: 4.5,
      faster: 2.5,
      smaller: 3.2,
      condition: "more accurate, GLUE and SQuAD",
    },
    {
      version: "v1 (2020)",
      faster: 4,
      smaller: 14,
      condition: "at less than 0.5 % relative loss of accuracy",
    },
    {
      version: "v1 (2020)",
      accuracy: 5.5,
      faster: 2.94,
      smaller: 9.83,
      condition: "more accurate, faster or smaller",
    },
  ],
};

/** A task before and after, BERT-Base. */
export interface TaskRow {
  /** GLUE task. */
  task: "CoLA" | "RTE" | "WNLI";
  /** Metric of the task. */
  metric: "Matthews" | "accuracy";
  /** Part of the task's examples. */
  part: "dev" | "test";
  /** Ordinary fine-tuning. */
  before: number;
  /** AxFormer. */
  after: number;
}

/** Per task, as the repository has it. */
export const PUBLISHED_TASKS: Sourced<TaskRow> = {
  source: "README of github.com/amrnag/Specialized-Transformers",
  rows: [
    { task: "CoLA", metric: "Matthews", part: "test", before: 52.1, after: 53.6 },
    { task: "RTE", metric: "accuracy", part: "test", before: 61.7, after: 63.6 },
    { task: "WNLI", metric: "accuracy", part: "test", before: 40.4, after: 65.8 },
    { task: "CoLA", metric: "Matthews", part: "dev", before: 55.23, after: 56.95 },
    { task: "RTE", metric: "accuracy", part: "dev", before: 61.73, after: 63.54 },
    { task: "WNLI", metric: "accuracy", part: "dev", before: 30.99, after: 56.34 },
  ],
};

/** WNLI's dev set, counted from its file: examples, and those of the more frequent label. */
export const WNLI_DEV = { examples: 71, majority: 40 } as const;

/** A network of block movement pruning. */
export interface MovementRow {
  /** Task. */
  task: "SQuAD v1.1" | "MNLI";
  /** Network, and the kind of its structure. */
  network: string;
  /** Parameters of the linear layers beside BERT-Base, in percent more. */
  parameters: number;
  /** F1 on SQuAD, accuracy on MNLI. */
  score: number;
  /** Times as fast as BERT-Base. */
  faster: number;
}

const movement = (task: MovementRow["task"], cells: string): MovementRow[] =>
  cells.split(";").map((cell) => {
    const [network, parameters, score, faster] = cell.split("|").map((part) => part.trim());
    return {
      task,
      network: network!,
      parameters: Number(parameters),
      score: Number(score),
      faster: Number(faster),
    };
  });

/** Peers: heads, rows and columns pruned while fine-tuning. */
export const MOVEMENT_PRUNING: Sourced<MovementRow> = {
  source: "README of huggingface/nn_pruning; RTX 3090, large batches",
  rows: [
    ...movement(
      "SQuAD v1.1",
      "large|166|93.15|0.35; large, hybrid-filled|-17|91.03|0.92; large, hybrid-filled|-40|90.16|1.03; " +
        "base, hybrid-filled|-59|88.72|1.84; base|0|88.5|1; base, hybrid-filled|-65|88.25|1.98; " +
        "base, hybrid-filled|-74|87.71|2.44; base, hybrid-filled|-73|87.23|2.6; " +
        "base, hybrid-filled|-74|86.69|2.8; base, structured|-86|85.52|3.64",
    ),
    ...movement(
      "MNLI",
      "base|0|84.6|1; base, hybrid-filled|-65|83.71|2; base, hybrid-filled|-74|83.05|2.4; " +
        "base, hybrid-filled|-81|82.69|2.86; base, hybrid-filled|-87|81.03|3.44",
    ),
  ],
};

/** A network of word-vector elimination. */
export interface PowerBertRow {
  /** GLUE task. */
  task: string;
  /** BERT-Base on the test server. */
  before: number;
  /** PoWER-BERT on the test server. */
  after: number;
  /** Milliseconds of BERT-Base, K80, batch 128. */
  msBefore: number;
  /** Milliseconds of PoWER-BERT. */
  msAfter: number;
}

/** Peers: whole word vectors eliminated layer by layer. */
export const POWER_BERT: Sourced<PowerBertRow> = {
  source: "README of IBM/PoWER-BERT; GLUE test, K80, batch 128",
  rows: [
    ["CoLA", 52.5, 52.3, 898, 201],
    ["RTE", 68.1, 67.4, 3993, 1189],
    ["QQP", 71.2, 70.2, 1833, 405],
    ["MRPC", 88.7, 88.1, 1798, 674],
    ["SST-2", 93, 92.1, 905, 374],
    ["MNLI-m", 84.6, 83.8, 1867, 725],
    ["MNLI-mm", 84, 83.1, 1881, 908],
    ["QNLI", 91, 90.1, 1848, 916],
    ["STS-B", 85.8, 85.1, 881, 448],
  ].map(([task, before, after, msBefore, msAfter]) =>
    ({ task, before, after, msBefore, msAfter }) as PowerBertRow
  ),
};

/**
 * Networks of twelve with one planted element, as an earlier implementation of the small protocol found them.
 */
export interface EarlierRow {
  /** The rule. */
  rule: "released" | "no-gate" | "no-wins" | "restore" | "compare" | "better";
  /** The planted element itself is gone. */
  itself: number;
  /** Runs in which the planted element is gone, or its block is. */
  inside: number;
  /** The loss is at most 1.02 times the clean one. */
  recovered: number;
  /** Passes over the validation data. */
  passes: readonly [least: number, most: number];
}

/** Results of an earlier, independent implementation on this protocol. */
export const EARLIER: Sourced<EarlierRow> = {
  source: "an earlier implementation of the small protocol, in NumPy; other seeds, other random numbers",
  rows: [
    { rule: "released", itself: 3, inside: 5, recovered: 3, passes: [9, 20] },
    { rule: "no-gate", itself: 10, inside: 12, recovered: 9, passes: [27, 35] },
    { rule: "no-wins", itself: 10, inside: 12, recovered: 5, passes: [19, 35] },
    { rule: "restore", itself: 10, inside: 12, recovered: 10, passes: [65, 107] },
    { rule: "compare", itself: 11, inside: 11, recovered: 11, passes: [35, 43] },
    { rule: "better", itself: 11, inside: 11, recovered: 12, passes: [70, 114] },
  ],
};
