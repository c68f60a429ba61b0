/** Ends of the names of files that hold weights and no graph. */
export const WEIGHTS: RegExp = /\.(?:pth|pt|th|safetensors|npz)$/i;

/** Whether files are weights alone, which need the name of a network. */
export function needNetwork(names: readonly string[]): boolean {
  return !names.some((name) => /\.onnx$/i.test(name)) && names.some((name) => WEIGHTS.test(name));
}
