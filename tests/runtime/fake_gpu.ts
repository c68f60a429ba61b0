/**
 * Works with a GPU that is not there in the place of the machine's own.
 *
 * @returns how often its devices were destroyed
 */
export async function withFakeGpu(work: () => Promise<unknown>): Promise<number> {
  let destroyed = 0;
  const device = { limits: {}, lost: new Promise(() => {}), destroy: () => void destroyed++ };
  const requestDevice = () => Promise.resolve(device);
  const adapter = { info: { description: "made up" }, features: new Set(), limits: {}, requestDevice };
  const gpu = { requestAdapter: () => Promise.resolve(adapter) };
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  try {
    await work();
  } finally {
    Reflect.deleteProperty(navigator, "gpu");
  }
  return destroyed;
}
