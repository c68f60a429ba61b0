import { withoutUndefined } from "../../options.ts";
import { weightsOf } from "../../nn/weights.ts";
import type { Model } from "../../onnx/model.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { isPrunable } from "../../sparse/is_prunable.ts";
import { prunedCount } from "../../sparse/pruned_set.ts";
import { magnitudeMasks, maskWeights } from "../../sparse/masks.ts";
import type { Masks } from "../../train/weight_mask.ts";
import { encodeSparse } from "../../sparse/pack/save_sparse.ts";
import { storageBytes, type StorageName, STORAGES } from "../../sparse/pack/sizes.ts";
import type { PackingName } from "../../sparse/pack/table.ts";
import { PUBLISHED_STORAGE } from "./published.ts";

/** Kilobytes (1000 bytes) of a network in one way to store it. */
export interface StorageComparison {
  /** Name of the network. */
  model: string;
  /** Share of the weights that is zero. */
  sparsity: number;
  /** Way of storage. */
  storage: StorageName;
  /** Storage by formula, from our network's layers. */
  computed: number;
  /** Storage by the independent count. */
  published?: number;
}

/** Storage of a network at a sparsity, in every way the table has, by formula, beside the table's numbers. */
export function storageComparison(
  model: Model,
  { name, sparsities }: { name: string; sparsities: readonly number[] },
): StorageComparison[] {
  const learned = weightsOf(model).filter(({ role }) => role !== "statistic");
  const prunable = learned.filter(isPrunable).map(({ tensor: { dims } }) => dims);
  const total = learned.reduce((sum, { tensor: { dims } }) => sum + sizeOf(dims), 0);
  return sparsities.flatMap((sparsity) => {
    const layers = prunable.map((dims) => {
      const size = sizeOf(dims);
      return { size, rows: dims[0]!, kept: size - prunedCount(size, sparsity) };
    });
    const others = total - layers.reduce((sum, { size }) => sum + size, 0);
    const bytes = storageBytes(layers, others);
    const published = PUBLISHED_STORAGE.rows.find((row) => row.model === name && row.sparsity === sparsity);
    return STORAGES.map((storage) => {
      const kilobytes = published?.kilobytes[storage];
      return withoutUndefined({
        model: name,
        sparsity,
        storage,
        computed: bytes[storage] / 1000,
        published: kilobytes,
      });
    });
  });
}

/** The bytes of whole files, graph and all, as `saveSparse` writes them. */
export interface FileSize {
  /** Share of the weights that is zero. */
  sparsity: number;
  /** How positions of weights are written. */
  packing: PackingName | "dense ONNX";
  /** Element type of the weights in the file. */
  values: "float32" | "float16";
  /** Size of the file. */
  bytes: number;
}

/** Files of a model whose smallest weights were set to zero, in each packing. */
export function fileSizes(model: Model, sparsities: readonly number[]): FileSize[] {
  return sparsities.flatMap((sparsity): FileSize[] => {
    const masks = magnitudeMasks(model, sparsity);
    const sparse = maskWeights(model, masks);
    return [
      { sparsity, packing: "dense ONNX", values: "float32", bytes: sparse.toOnnx().length },
      ...packedSizes(sparse, masks).map((size) => ({ sparsity, ...size })),
    ];
  });
}

/** Files of a sparse model in each packing that its pattern allows. */
export function packedSizes(model: Model, masks: Masks): Omit<FileSize, "sparsity">[] {
  return (["bitmap", "csr", "rice"] as const).flatMap((packing) =>
    (["float32", "float16"] as const).map((values) => ({
      packing,
      values,
      bytes: encodeSparse(model, { masks, packing, values }).length,
    }))
  );
}
