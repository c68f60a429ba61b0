import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import {
  add,
  broadcast,
  extreme,
  floorDivide,
  fromDim,
  multiply,
  type Polynomial,
  scale,
  substitute,
  toDim,
  unknowns,
} from "../../lib/onnx/polynomial.ts";

const UNKNOWNS = ["a", "b", "seq-len"];

const leaf = fc.oneof(fc.constantFrom(...UNKNOWNS), fc.integer({ min: 0, max: 5 })).map(fromDim);

const sums = fc.tuple(leaf, leaf, leaf, fc.integer({ min: -3, max: 3 }))
  .map(([p, q, r, factor]) => add(multiply(p, q), scale(r, factor)));

/** The value of a polynomial at some sizes, term by term. */
function valueAt(p: Polynomial, at: ReadonlyMap<string, number>): number {
  const sizeOf = (atom: string) => at.get(atom.replace(/^\[(.*)\]$/, "$1"))!;
  return [...p.values()].reduce(
    (sum, { coefficient, atoms }) =>
      sum + atoms.reduce((product, atom) => product * sizeOf(atom), coefficient),
    0,
  ) + 0; // never −0
}

const sizes = fc.tuple(...UNKNOWNS.map(() => fc.integer({ min: 0, max: 20 })))
  .map((values) => new Map(UNKNOWNS.map((name, i) => [name, values[i]!])));

Deno.test("polynomials add and multiply as their values do, and print to what is read back", () => {
  fc.assert(fc.property(sums, sums, sizes, (p, q, at) => {
    assert.equal(valueAt(add(p, q), at), valueAt(p, at) + valueAt(q, at) + 0);
    assert.equal(valueAt(multiply(p, q), at), valueAt(p, at) * valueAt(q, at) + 0);
    assert.deepEqual(fromDim(toDim(p)), p);
    assert.equal(toDim(substitute(String(toDim(p)), at)), valueAt(p, at));
    assert.equal(toDim(add(p, scale(p, -1))), 0);
  }));
});

Deno.test("what divides goes out exactly, the rest stays under a division", () => {
  const [a, b] = ["a", "b"].map(fromDim) as [Polynomial, Polynomial];
  const [two, four] = [fromDim(2), fromDim(4)];
  assert.equal(toDim(floorDivide(multiply(add(a, b), add(a, scale(b, -1))), add(a, b))), "a-b");
  assert.equal(toDim(floorDivide(add(multiply(a, four), fromDim(3)), two)), "2*a+1");
  assert.equal(toDim(floorDivide(multiply(a, b), multiply(b, four))), "floor(a/4)");
  assert.equal(toDim(floorDivide(floorDivide(a, two), two)), "floor(a/4)");
  assert.equal(toDim(floorDivide(fromDim(-7), two)), -4);
});

Deno.test("extremes drop what another one always exceeds; a cut table broadcasts to what cuts it", () => {
  const [a, b] = ["a", "b"].map(fromDim) as [Polynomial, Polynomial];
  assert.equal(toDim(extreme("max", a, add(a, fromDim(1)))), "a+1");
  assert.equal(toDim(extreme("min", a, add(a, b))), "a");
  assert.equal(toDim(extreme("max", b, extreme("max", a, b))), "max(a,b)");
  assert.equal(toDim(broadcast(a, fromDim(1))), "a");
  assert.equal(toDim(broadcast(a, extreme("min", a, fromDim(7)))), "a");
});

Deno.test("a text that is not canonical is a name, and unknowns are told without brackets", () => {
  for (const name of ["1+a", "a + b", "x[0]", "max(a)", "floor(a/0)", "2*"]) {
    assert.equal(toDim(fromDim(name)), name);
    assert.equal(fromDim(name).size, 1);
  }
  assert.deepEqual(unknowns("max(2*[seq-len],floor((a+1)/2))").sort(), ["a", "seq-len"]);
});

Deno.test("a text of many terms, or deep, is a name: reading it takes no more than its length", () => {
  const pairs = Array.from({ length: 20 }, (_, i) => `(a${i}+b${i})`);
  const nested = (open: string, close: string, times: number) =>
    open.repeat(times) + "a" + close.repeat(times);
  for (
    const name of [
      pairs.join("*"),
      "(".repeat(20_000),
      nested("(", ")", 20_000),
      nested("floor(", "/2)", 20_000),
      nested("broadcast(min(", ",2),b)", 40),
      nested("max(", ",b)", 20_000),
      Array.from({ length: 20_000 }, (_, i) => `a${i}`).join("*"),
      Array.from({ length: 20_000 }, (_, i) => `a${i}`).join("+"),
    ]
  ) {
    assert.equal(toDim(fromDim(name)), name);
    assert.equal(fromDim(name).size, 1);
  }
});

Deno.test("a product of too many terms is one name, whichever way round", () => {
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  const [p, q] = ["x", "y"].map((prefix) =>
    letters.map((letter) => fromDim(prefix + letter)).reduce(add)
  ) as [Polynomial, Polynomial];
  const product = multiply(p, q);
  assert.equal(product.size, 1);
  assert.deepEqual(multiply(q, p), product);
  assert.deepEqual(fromDim(toDim(product)), product);
  assert.equal(multiply(p, fromDim("b")).size, letters.length);
});

Deno.test("a term that becomes 0 leaves the others, and a divisor that does leaves the division", () => {
  const at = (dim: string, sizes: Record<string, number>) =>
    toDim(substitute(dim, new Map(Object.entries(sizes))));
  assert.equal(at("a+b", { a: 0 }), "b");
  assert.equal(at("a-b+1", { a: 0, b: 2 }), -1);
  assert.equal(at("floor(a/b)", { b: 0 }), "floor(a/b)");
});
