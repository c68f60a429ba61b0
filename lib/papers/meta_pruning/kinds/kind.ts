/** The module that exports all kinds of this paper: workers look for them there. */
export const MODULE: string = new URL("../experiment.ts", import.meta.url).href;
