/** Evidence as it is where runs failed: each list empty, and each without each of its rows. */
export function* fewerRows<Evidence extends object>(evidence: Evidence): Generator<Evidence> {
  for (const [name, rows] of Object.entries(evidence)) {
    if (!Array.isArray(rows)) continue;
    yield { ...evidence, [name]: [] };
    for (const row of rows) yield { ...evidence, [name]: rows.filter((other) => other !== row) };
  }
}
