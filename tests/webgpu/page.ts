/** What the page of the browser tests runs; bundled, since browsers read no TypeScript. */
import { openGpu } from "../../kernels/webgpu/core/gpu.ts";
import { CASES } from "./cases.ts";

/** What the page offers to the test that drives it. */
export interface CasePage {
  /** The adapter in words. */
  adapter: Promise<string>;
  /** Runs a case. Resolves to what it threw, or to null. */
  runCase(name: string): Promise<string | null>;
}

const gpu = openGpu();

const page: CasePage = {
  adapter: gpu.then(({ name }) => name),
  async runCase(name) {
    try {
      await CASES.find((one) => one.name === name)!.run(await gpu);
      return null;
    } catch (error) {
      return error instanceof Error ? error.stack || error.message : String(error);
    }
  },
};

Object.assign(globalThis, page);
