/** Runs where Linux tells this of the processors (`/proc/cpuinfo`), or refuses to. */
export async function withProcessor<T>(told: string | undefined, use: () => Promise<T>): Promise<T> {
  const { readTextFile } = Deno;
  Deno.readTextFile = (path, options) => {
    if (path !== "/proc/cpuinfo") return readTextFile(path, options);
    return told === undefined ? Promise.reject(new Deno.errors.NotCapable("no")) : Promise.resolve(told);
  };
  try {
    return await use();
  } finally {
    Deno.readTextFile = readTextFile;
  }
}
