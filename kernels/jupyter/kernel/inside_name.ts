/** By this name a cell finds what makes it stoppable (`inside/enter.ts`). */
export const INSIDE = "__espalier";
