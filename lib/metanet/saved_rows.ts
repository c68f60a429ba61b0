/** What is known of each unit of an experiment, from a file with a line per unit; a line that was cut off is none. */
export async function loadRows<Row>(path: string): Promise<Map<string, Row[]>> {
  const found = new Map<string, Row[]>();
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  for (const line of text.split("\n")) {
    try {
      const { unit, rows } = JSON.parse(line) as { unit: string; rows: Row[] };
      found.set(unit, rows);
    } catch {
      // The process ended while it wrote: the unit is computed again.
    }
  }
  return found;
}

/** Adds a unit's rows to the file, as one line. */
export async function saveRows<Row>(path: string, unit: string, rows: readonly Row[]): Promise<void> {
  await Deno.mkdir(path.replace(/[^/\\]*$/, ""), { recursive: true });
  await Deno.writeTextFile(path, `\n${JSON.stringify({ unit, rows })}`, { append: true });
}
