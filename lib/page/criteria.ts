import type { CriterionName } from "../prune/criteria/table.ts";

/** Criteria that a page can rank by, which are those that need no data, and what each goes by. */
export const CRITERIA: Readonly<
  Record<Exclude<CriterionName, "taylor" | "wanda">, { title: string; about: string }>
> = {
  "group-l2": {
    title: "Group norm",
    about: "Channels whose weights are smallest, in all layers together that they run through.",
  },
  "l1": { title: "L1 norm", about: "Channels whose filters have the smallest sum of absolute weights." },
  "l2": { title: "L2 norm", about: "Channels whose filters have the smallest Euclidean norm." },
  "lamp": {
    title: "LAMP",
    about: "Channels whose weights are smallest beside those of their own layer that would stay.",
  },
  "fpgm": {
    title: "FPGM",
    about: "Channels whose filters are most like the others of their layer. Takes long on large models.",
  },
  "bn-scale": { title: "Batch-norm scale", about: "Channels that batch norm scales down the most." },
  "random": { title: "Random", about: "Any channels: what the other criteria have to be better than." },
};
