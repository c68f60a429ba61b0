/**
 * For programs that are bundled, as pages are. The library loads engines and other heavy packages when they
 * are first used, by names that a bundler cannot see; imported before everything else, this module names
 * those that a page may use, so that `deno bundle` and esbuild take them along.
 *
 * ```ts ignore
 * import "./lib/bundle/mod.ts";
 * import { loadModel, runModel } from "./mod.ts";
 * ```
 *
 * @module
 */
import { providePackages } from "../deps.ts";
import { PAGE_PACKAGES } from "./deps.ts";

providePackages(PAGE_PACKAGES);
