import { relativeImportance } from "../../../interpretation/relative_importance.ts";
import type { AttributionRow } from "./attributed.ts";

/** How much each matrix counts for a row's behaviour, as a part of all: it sums to 1. */
export const relativeOf = ({ behaviour, importance }: AttributionRow): Record<string, number> =>
  relativeImportance({ [behaviour]: importance })[behaviour]!;
