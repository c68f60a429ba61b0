import { existsSync } from "node:fs";
import { placesOf } from "../../kernels/jupyter/setup/paths.ts";
import { required } from "../data.ts";

/**
 * The installed kernel, for the tests that need it: `deno task test` sets it up. They are ignored where it is
 * not there, and fail instead where `ESPALIER_REQUIRE` has `jupyter`.
 */
export const kernelspec: string = placesOf().kernelspec;

/** Whether a test that needs the kernel must be skipped. */
export const noKernel: boolean = !existsSync(kernelspec) && !required("jupyter");
