/**
 * A group for people: by its name, which options take, and its layer's, where only an exporter chose that:
 * `onnx::Conv_538 of /features/0/Conv`.
 */
export const titleOf = ({ name, layer }: { name: string; layer?: string | undefined }): string =>
  layer === undefined ? name : `${name} of ${layer}`;
