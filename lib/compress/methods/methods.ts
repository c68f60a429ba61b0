import { anyk } from "./anyk.ts";
import { awq } from "./awq.ts";
import { gptaq } from "./gptaq.ts";
import { gptq } from "./gptq.ts";
import { magnitude } from "./magnitude.ts";
import type { Method } from "./method.ts";
import { rtn } from "./rtn.ts";
import { sparsegpt } from "./sparsegpt.ts";
import { wanda } from "./wanda.ts";

/** Name of a way to compress. */
export type MethodName = "magnitude" | "wanda" | "sparsegpt" | "rtn" | "gptq" | "gptaq" | "awq" | "anyk";

/** The ways to compress a matrix; one more is a row here. */
export const METHODS: Readonly<Record<MethodName, Method>> = {
  magnitude,
  wanda,
  sparsegpt,
  rtn,
  gptq,
  gptaq,
  awq,
  anyk,
};
