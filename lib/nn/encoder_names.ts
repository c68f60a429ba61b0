/**
 * Names of an encoder family's tensors, as Hugging Face stores them: each name is the beginning of `.weight`
 * and `.bias`.
 */
export interface EncoderNames {
  /** Prefix of all names of a model with a head; without one there is none. */
  prefix: string;
  /** Prefix of the names of a layer: its number is put behind. */
  layer: string;
  /** Projections of the queries. */
  query: string;
  /** Projections of the keys. */
  key: string;
  /** Projections of the values. */
  value: string;
  /** Prefix of the projection in which the heads come together. */
  attentionOutput: string;
  /** The norm behind the attention. */
  attentionNorm: string;
  /** Into the neurons of the feed-forward block. */
  feedForward: string;
  /** Out of them. */
  feedForwardOutput: string;
  /** The norm behind the feed-forward block. */
  feedForwardNorm: string;
}

/** BERT's names. */
export const BERT_NAMES: EncoderNames = {
  prefix: "bert",
  layer: "encoder.layer",
  query: "attention.self.query",
  key: "attention.self.key",
  value: "attention.self.value",
  attentionOutput: "attention.output.dense",
  attentionNorm: "attention.output.LayerNorm",
  feedForward: "intermediate.dense",
  feedForwardOutput: "output.dense",
  feedForwardNorm: "output.LayerNorm",
};

/** DistilBERT's names. */
export const DISTILBERT_NAMES: EncoderNames = {
  prefix: "distilbert",
  layer: "transformer.layer",
  query: "attention.q_lin",
  key: "attention.k_lin",
  value: "attention.v_lin",
  attentionOutput: "attention.out_lin",
  attentionNorm: "sa_layer_norm",
  feedForward: "ffn.lin1",
  feedForwardOutput: "ffn.lin2",
  feedForwardNorm: "output_layer_norm",
};
