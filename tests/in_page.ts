/** Does something as in a page, where there is no Deno. */
export async function inPage<T>(use: () => T | Promise<T>): Promise<T> {
  const page = globalThis as { Deno?: unknown };
  const kept = page.Deno;
  try {
    delete page.Deno;
    return await use();
  } finally {
    page.Deno = kept;
  }
}
