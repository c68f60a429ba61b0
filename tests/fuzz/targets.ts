/** All formats whose readers are tried. */
import { CHECKPOINTS } from "./targets/checkpoints.ts";
import { DATA } from "./targets/data.ts";
import { LANGUAGE } from "./targets/language.ts";
import { OWN } from "./targets/own.ts";
import type { Target } from "./target.ts";

/** All formats, foreign ones first. */
export const TARGETS: readonly Target[] = [...CHECKPOINTS, ...DATA, ...LANGUAGE, ...OWN];
