import type { Case } from "./case.ts";
import { importanceCases } from "./cases/importance.ts";
import { kthValueCases } from "./cases/kth_value.ts";

/** All that is tried of the kernels, on Deno and in a browser. */
export const CASES: readonly Case[] = [
  ...importanceCases,
  ...kthValueCases,
];
