import { uniform } from "../../nn/init.ts";
import { float32, Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";
import { type Field, offsetsOf } from "../clicks.ts";
import type { EmbeddingTable } from "./table.ts";

/** Rows of the two tables of each field: as many remainders, and as many quotients. */
export function quotientRemainderSizes(
  fields: readonly Field[],
  collisions: number,
): { remainders: number[]; quotients: number[] } {
  const remainders = fields.map(({ size }) => Math.ceil(size / collisions));
  return { remainders, quotients: fields.map(({ size }, f) => Math.ceil(size / remainders[f]!)) };
}

/**
 * Vectors that are products of two: one by the id's remainder, one by its quotient, so that ids share
 * vectors, but no two ids both.
 *
 * Source: Shi, Mudigere, Naumov, Yang, "Compositional embeddings using complementary partitions for
 * memory-efficient recommendation systems", KDD 2020.
 *
 * @param collisions how many ids share a remainder
 */
export function quotientRemainderTable({ collisions }: { collisions: number }): EmbeddingTable {
  return {
    name: `quotient and remainder(${collisions})`,
    build(g, { rows, fields, features, random }) {
      const { remainders, quotients } = quotientRemainderSizes(fields, collisions);
      const ints = (values: readonly number[]) =>
        g.constant(new Tensor("int32", Int32Array.from(values), [values.length]));
      const offsets = (sizes: readonly number[]) =>
        ints(offsetsOf(sizes.map((size) => ({ name: "", size }))));
      const ids = g.sub(rows, ints(offsetsOf(fields)));
      const divisor = ints(remainders);
      const count = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b);
      const whole = count(fields.map(({ size }) => size));
      const bound = Math.sqrt(6 / (whole + features));
      const remainder = uniform(bound)([count(remainders), features], random.split("embedding.remainder"));
      // Around one, so that products begin as the remainders' vectors do.
      const quotient = uniform(bound)([count(quotients), features], random.split("embedding.quotient"));
      const ones = float32(floats(quotient).map((value) => 1 + value), quotient.dims);
      return g.mul(
        g.gather(
          g.parameter("embedding.remainder", remainder),
          g.add(g.mod(ids, divisor), offsets(remainders)),
        ),
        g.gather(g.parameter("embedding.quotient", ones), g.add(g.div(ids, divisor), offsets(quotients))),
      );
    },
  };
}
