import { PRESETS as AGP } from "./agp/presets.ts";
import { PRESETS as AXFORMER } from "./axformer/presets.ts";
import { PRESETS as COMPRESSED_LRM } from "./compressed_lrm/presets.ts";
import { PRESETS as ISS_P } from "./iss_p/presets.ts";
import { PRESETS as META_PRUNING } from "./meta_pruning/presets.ts";
import { PRESETS as OPT_EMBED } from "./opt_embed/presets.ts";
import { PRESETS as TOUR } from "./tour/presets.ts";

/** A notebook's experiment, as far as it is known without running it. */
export interface Paper {
  /** Title of the notebook. */
  readonly title: string;
  /** Presets by name; `about` says in a clause what the preset is and how long it takes. */
  readonly presets: Readonly<
    Record<string, { readonly about: string; readonly [setting: string]: unknown }>
  >;
}

/** The experiments by the names of their notebooks, without the ending. */
export const PAPERS: Readonly<Record<string, Paper>> = {
  "00_tour": { title: "The tour: prune a trained network", presets: TOUR },
  "01_meta_pruning": { title: "Meta Pruning via Graph Metanetworks", presets: META_PRUNING },
  "02_agp": { title: "Adaptive graph pruning for teams of agents", presets: AGP },
  "03_axformer": { title: "AxFormer: which parts of a transformer hurt", presets: AXFORMER },
  "04_opt_embed": { title: "OptEmbed: the smallest table of a click-through model", presets: OPT_EMBED },
  "05_iss_p": { title: "Iterative Soft Shrinkage for super-resolution", presets: ISS_P },
  "06_compressed_lrm": { title: "Compressed reasoning models: what goes first", presets: COMPRESSED_LRM },
};
