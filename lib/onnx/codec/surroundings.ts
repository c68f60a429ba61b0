import type { ResolveExternal } from "./decode_tensor.ts";

/** What decoding a part of a model needs beside its bytes. */
export interface Surroundings {
  /** Finds the data of tensors that lie in files beside the model. */
  external: ResolveExternal;
  /** The bytes that all sparse tensors of the file so far take as dense ones. */
  unpacked: { bytes: number };
}
