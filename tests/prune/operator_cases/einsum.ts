import { type Case, SHAPE } from "./case.ts";

const einsum = (equation: string, ...weights: number[][]): Case => ({
  shape: SHAPE,
  build: (n, x) => n.op("Einsum", [x, ...weights.map((dims) => n.weight(...dims))], { equation }),
});

export const einsums: Record<string, Case> = {
  "Einsum with weights of two axes": einsum("abc,bcd->ad", [4, 6, 5]),
  "Einsum with more axes": einsum("...c,cd->d...", [6, 5]),
  "Einsum of three": einsum("abc,bd,c->da", [4, 3], [6]),
  "Einsum that sums alone": einsum("abc->ac"),
  "Einsum that repeats": einsum("abc,bc->abc", [1, 6]),
  "Einsum of two layers": {
    shape: SHAPE,
    build: (n, x, more) => n.op("Einsum", [x, more()], { equation: "abc,adc->abd" }),
  },
  "Einsum of a diagonal": { shape: [4, 6, 4], build: (n, x) => n.op("Einsum", [x], { equation: "aba->ab" }) },
};
