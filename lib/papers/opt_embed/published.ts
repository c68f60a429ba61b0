/**
 * Numbers that others published, as data with their source. They are shown beside what is measured here, and
 * never in the same column.
 *
 * The paper's own tables could not be had: no number here is a cell of one of them, and each of their cells
 * stands here empty.
 */

/** Numbers, and where they come from; null where they could not be found. */
export interface Sourced<T> {
  /** Publication, and its table or page. */
  source: string | null;
  /** The numbers. */
  rows: readonly T[];
}

/** A cell of the paper's main results; empty where it could not be found. */
export interface PaperRow {
  /** Data set. */
  data: "Criteo" | "Avazu" | "KDD12";
  /** Model of click-through rates. */
  model: "DeepFM" | "DCN" | "FNN" | "IPNN";
  /** Method. */
  method: string;
  /** Area under the ROC curve. */
  auc: number | null;
  /** Mean cross entropy. */
  logLoss: number | null;
  /** Share of the table that is gone. */
  sparsity: number | null;
}

/** Results that the paper must have, by its released scripts: without a number, for whoever has the PDF. */
export const PAPER_RESULTS: Sourced<PaperRow> = {
  source: null,
  rows: (["Criteo", "Avazu", "KDD12"] as const).flatMap((data) =>
    (["DeepFM", "DCN", "FNN", "IPNN"] as const).flatMap((model) =>
      ["Original", "AutoField", "AutoDim", "OptEmbed"].map((method) => ({
        data,
        model,
        method,
        auc: null,
        logLoss: null,
        sparsity: null,
      }))
    )
  ),
};

/** Learning rates and factors of the published runs. */
export interface SettingsRow {
  /** Model of click-through rates. */
  model: PaperRow["model"];
  /** Data set. */
  data: PaperRow["data"];
  /** Learning rate. */
  rate: number;
  /** L2. */
  weightDecay: number;
  /** Learning rate of the thresholds. */
  thresholdRate: number;
  /** Factor of Σ e⁻ᵗ. */
  alpha: number;
}

const settings = (
  model: PaperRow["model"],
  data: PaperRow["data"],
  [rate, weightDecay, thresholdRate, alpha]: readonly [number, number, number, number],
): SettingsRow => ({ model, data, rate, weightDecay, thresholdRate, alpha });

/** The settings that the released code documents. */
export const PAPER_SETTINGS: Sourced<SettingsRow> = {
  source: "github.com/fuyuanlyu/OptEmbed at 0feda5f, README",
  rows: [
    settings("DeepFM", "Criteo", [3e-5, 1e-3, 1e-4, 1e-4]),
    settings("DeepFM", "Avazu", [3e-4, 1e-5, 1e-4, 1e-6]),
    settings("DeepFM", "KDD12", [3e-5, 1e-5, 1e-4, 1e-5]),
    settings("DCN", "Criteo", [3e-4, 1e-5, 1e-4, 1e-5]),
    settings("DCN", "Avazu", [1e-4, 3e-5, 1e-4, 1e-4]),
    settings("DCN", "KDD12", [1e-5, 1e-6, 1e-4, 1e-5]),
    settings("FNN", "Criteo", [3e-4, 1e-5, 1e-4, 1e-5]),
    settings("FNN", "Avazu", [1e-4, 3e-5, 1e-4, 1e-4]),
    settings("FNN", "KDD12", [1e-5, 1e-6, 1e-4, 1e-5]),
    settings("IPNN", "Criteo", [3e-4, 1e-5, 3e-5, 1e-6]),
    settings("IPNN", "Avazu", [1e-4, 3e-5, 1e-4, 1e-4]),
    settings("IPNN", "KDD12", [1e-5, 1e-6, 1e-4, 1e-5]),
  ],
};

/** Measurements of OptEmbed in another paper, outside of its own setting. */
export interface ElsewhereRow {
  /** Data set. */
  data: string;
  /** Recommender. */
  model: string;
  /** Share of the table that is gone. */
  sparsity: number;
  /** Recall among the first five. */
  recall5: number;
  /** Recall among the first twenty. */
  recall20: number;
  /** NDCG among the first five. */
  ndcg5: number;
  /** NDCG among the first twenty. */
  ndcg20: number;
}

const elsewhere = (data: string, model: string, cells: readonly number[]): ElsewhereRow => {
  const [sparsity, recall5, recall20, ndcg5, ndcg20] = cells as [number, number, number, number, number];
  return { data, model, sparsity, recall5, recall20, ndcg5, ndcg20 };
};

/** OptEmbed as a rival, in ranking tasks with two fields. */
export const ELSEWHERE: Sourced<ElsewhereRow> = {
  source:
    'Qu and others, "Continuous Input Embedding Size Search for Recommender Systems", SIGIR 2023, table 1: vectors of 128',
  rows: [
    elsewhere("MovieLens-1M", "LightGCN", [0.83, 0.0745, 0.1994, 0.4257, 0.3650]),
    elsewhere("MovieLens-1M", "NGCF", [0.80, 0.0717, 0.2038, 0.4045, 0.3622]),
    elsewhere("MovieLens-1M", "NCF", [0.85, 0.0458, 0.1352, 0.2960, 0.2573]),
    elsewhere("Yelp2018", "LightGCN", [0.80, 0.0183, 0.0534, 0.0424, 0.0489]),
    elsewhere("Yelp2018", "NGCF", [0.67, 0.0133, 0.0412, 0.0301, 0.0369]),
    elsewhere("Yelp2018", "NCF", [0.77, 0.0076, 0.0238, 0.0161, 0.0203]),
  ],
};

/** Measurements of an independent program by the small protocol. */
export interface SmallScaleRow {
  /** Method. */
  method: string;
  /** Area on the test rows, mean of five seeds. */
  auc: number;
}

/** The small protocol, on other random streams. */
export const SMALL_SCALE: Sourced<SmallScaleRow> = {
  source: "an independent implementation of the small protocol in PyTorch, five seeds on streams of its own",
  rows: [
    { method: "plain", auc: 0.8112 },
    { method: "OptEmbed", auc: 0.8182 },
    { method: "OptEmbed-E", auc: 0.8167 },
    { method: "OptEmbed-D", auc: 0.8149 },
    { method: "OptEmbed with a cost", auc: 0.8168 },
    { method: "frequency", auc: 0.7761 },
    { method: "true probabilities", auc: 0.8336 },
  ],
};
