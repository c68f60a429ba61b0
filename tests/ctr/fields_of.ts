/** Fields of given sizes, named by their numbers. */

export const fieldsOf = (sizes: readonly number[]) => sizes.map((size, i) => ({ name: `${i}`, size }));
