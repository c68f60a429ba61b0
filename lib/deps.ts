import { Error } from "./errors.ts";
import { sendNoTelemetry } from "./telemetry.ts";

/**
 * Every npm dependency of `lib`, in full and pinned, in one place.
 *
 * Once a library is imported by URL its own import map is ignored, so nothing here may be a bare name.
 * What is heavy is a function that loads it when it is first used.
 */
export { env as ortEnvironment, Tensor } from "npm:onnxruntime-common@1.30.0";
export type { InferenceSession } from "npm:onnxruntime-common@1.30.0";
export { deflateSync, inflateSync, zipSync, zlibSync } from "npm:fflate@0.8.3";

/** Loads a package. */
export type LoadPackage = () => Promise<unknown>;

const provided = new Map<string, LoadPackage>();

/** Gives packages by specifier, which {@linkcode importPackage} then takes from here: see `lib/bundle`. */
export function providePackages(packages: Readonly<Record<string, LoadPackage>>): void {
  for (const [specifier, load] of Object.entries(packages)) provided.set(specifier, load);
}

/**
 * Imports a package when it is first used, and downloads it then where it is not there.
 *
 * Deno fetches whatever stands in `import("npm:…")` before a program starts, whether or not it gets there:
 * half a gigabyte of engines for a program that only plans. So the specifier is an argument here, which Deno
 * does not see, and neither do bundlers: for them `lib/bundle` has the same packages in so many words.
 *
 * @throws Error where it cannot be loaded, saying what to do
 */
export async function importPackage<Module>(specifier: string): Promise<Module> {
  const load = provided.get(specifier);
  try {
    // Other runtimes know packages by their bare names.
    return await (load?.() ?? import("Deno" in globalThis ? specifier : bareName(specifier))) as Module;
  } catch (error) {
    const why = (error as Error).message.replaceAll(/\s*\n\s*/g, " ").replace(/\.$/, "");
    throw new Error(`Cannot load ${specifier}: ${why}; ${wayOut()}`, { cause: error });
  }
}

/** A specifier as Node has it: `onnxruntime-web/webgpu` for `npm:onnxruntime-web@1.30.0/webgpu`. */
function bareName(specifier: string): string {
  return specifier.replace(/^npm:/, "").replace(/(?<=.)@[^/]*/, "");
}

function wayOut(): string {
  return "Deno" in globalThis
    ? "it is downloaded when it is first used: connect to the internet once, or allow what it asks for"
    : "in a page, import lib/bundle/mod.ts before everything else, so that the bundle has it; in Node, install it";
}

/**
 * What each engine's package has: they export the common package, whose types are written here in place of
 * their own, as `deno install` fetches every package that a type is of, too.
 */
type Ort = typeof import("npm:onnxruntime-common@1.30.0");

/** The JPEG decoder. */
export const importJpeg = (): Promise<typeof import("npm:jpeg-js@0.4.4")> =>
  importPackage("npm:jpeg-js@0.4.4");

/** ONNX Runtime as native code, for Deno and Node; it reports to nobody. */
export const importOrtNode = (): Promise<Ort> => {
  sendNoTelemetry();
  return importPackage("npm:onnxruntime-node@1.30.0");
};

/** ONNX Runtime in WebAssembly on the CPU. */
export const importOrtWasm = (): Promise<Ort> => importPackage("npm:onnxruntime-web@1.30.0");

/** ONNX Runtime in WebAssembly with WebGPU kernels. */
export const importOrtWebgpu = (): Promise<Ort> => importPackage("npm:onnxruntime-web@1.30.0/webgpu");
