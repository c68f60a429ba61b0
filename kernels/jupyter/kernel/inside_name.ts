/** By this name a cell finds what makes it stoppable (`inside/enter.ts`). */
export const INSIDE = "__espalier";

/** A variable of cells: line of the statement at the top level that runs. */
export const LINE = `${INSIDE}_line`;

/** The environment variable from which Deno takes flags of its engine. */
export const V8_FLAGS = "DENO_V8_FLAGS";
