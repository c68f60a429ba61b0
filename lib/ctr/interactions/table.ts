import { dcn } from "./dcn.ts";
import { deepFm } from "./deep_fm.ts";
import { fm } from "./fm.ts";
import { fnn } from "./fnn.ts";
import type { Interaction } from "./interaction.ts";
import { ipnn } from "./ipnn.ts";
import type { HiddenOptions } from "./perceptron.ts";

/** The models of click-through rates that there are, by name. */
export const INTERACTIONS: Readonly<Record<InteractionName, (options?: HiddenOptions) => Interaction>> = {
  FM: fm,
  DeepFM: deepFm,
  FNN: fnn,
  IPNN: ipnn,
  DCN: dcn,
};

/** Name of a model of click-through rates. */
export type InteractionName = "FM" | "DeepFM" | "FNN" | "IPNN" | "DCN";
