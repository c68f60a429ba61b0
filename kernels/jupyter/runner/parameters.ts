import { type Cell, joined, lines, type Notebook } from "./notebook.ts";

/** Values for the cell tagged `parameters`, by name. */
export type Parameters = Record<string, string | number | boolean>;

const DECLARATION = /^\s*(?:const|let|var)\s+([A-Za-z_$][\w$]*)/gm;

/** The names that the cell tagged `parameters` declares; none where there is no such cell. */
function parameterNames(notebook: Notebook): string[] {
  const cell = notebook.cells.find((cell) => hasTag(cell, "parameters"));
  return cell ? [...joined(cell.source).matchAll(DECLARATION)].map((match) => match[1]!) : [];
}

/**
 * The notebook with a cell tagged `injected-parameters` right after the one tagged `parameters`, in place of
 * one from an earlier run. Parameters that the notebook does not declare are left out.
 */
export function injectParameters(notebook: Notebook, parameters: Parameters): Notebook {
  const declared = parameterNames(notebook);
  const used = Object.entries(parameters).filter(([name]) => declared.includes(name));
  const cells = notebook.cells.filter((cell) => !hasTag(cell, "injected-parameters"));
  if (!used.length) return { ...notebook, cells };
  const injected: Cell = {
    cell_type: "code",
    id: "injected-parameters",
    metadata: { tags: ["injected-parameters"] },
    // The kernel lets a later cell declare a `const` again.
    source: lines(used.map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`).join("\n")),
    outputs: [],
    execution_count: null,
  };
  const place = cells.findIndex((cell) => hasTag(cell, "parameters")) + 1;
  return { ...notebook, cells: [...cells.slice(0, place), injected, ...cells.slice(place)] };
}

function hasTag(cell: Cell, tag: string): boolean {
  return cell.cell_type === "code" && !!cell.metadata.tags?.includes(tag);
}
