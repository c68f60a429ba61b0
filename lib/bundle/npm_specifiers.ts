/** What an esbuild plugin is given, as far as it is used here. */
interface EsbuildSetup {
  onResolve(
    options: { filter: RegExp },
    callback: (found: { path: string; kind: string; resolveDir: string }) => unknown,
  ): void;
  resolve(path: string, options: { kind: never; resolveDir: string }): Promise<unknown>;
}

/**
 * A plugin for esbuild, which knows packages by their bare names: it takes `npm:fflate@0.8.3` for `fflate`.
 *
 * @param resolveDir a folder in or above which `node_modules` has the packages. Default: that of each file
 * @example
 * ```ts ignore
 * import { build } from "npm:esbuild";
 * import { npmSpecifiers } from "./lib/bundle/npm_specifiers.ts";
 *
 * const plugins = [npmSpecifiers()];
 * await build({ entryPoints: ["page.ts"], bundle: true, format: "esm", plugins, outfile: "page.js" });
 * ```
 */
export function npmSpecifiers(resolveDir?: string): { name: string; setup(build: EsbuildSetup): void } {
  return {
    name: "npm specifiers",
    setup(build) {
      build.onResolve(
        { filter: /^npm:/ },
        ({ path, kind, resolveDir: own }) =>
          build.resolve(bareName(path), { kind: kind as never, resolveDir: resolveDir ?? own }),
      );
    },
  };
}

/** `onnxruntime-web/webgpu` for `npm:onnxruntime-web@1.30.0/webgpu`. */
function bareName(specifier: string): string {
  return specifier.replace(/^npm:/, "").replace(/(?<=.)@[^/]*/, "");
}
