/** Ways to treat a fine-tuned encoder, with nothing trained after them. */
export const WAYS = {
  "plain": "fine-tuned, as it is",
  "released": "AxFormer, released rule",
  "compare": "AxFormer, block against parts",
  "least-loss": "AxFormer, least loss for what is saved",
  "heads": "heads by Taylor importance",
  "layers": "top layers dropped",
  "channels": "structured pruning by group norms",
} as const;

/** Name of a way. */
export type Way = keyof typeof WAYS;

/** Ways that are held to the same number of parameters. */
export const BUDGETED: readonly Way[] = ["least-loss", "heads", "layers", "channels"];

/** Passes over the validation texts that a way takes, about, of an encoder of six layers. */
export const PASSES: Readonly<Record<Way, number>> = {
  plain: 1,
  released: 60,
  compare: 163,
  "least-loss": 220,
  heads: 4,
  layers: 1,
  channels: 1,
};
