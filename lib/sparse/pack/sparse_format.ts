/** The version of the layout of sparse files, which is the version of the promise to read it. */
export const SPARSE_FORMAT = "espalier sparse model 1";
