import type { Cursor } from "./archives/cursor.ts";

/**
 * ZIP archives that hold a network, but not as a checkpoint does: what tells them, and what to do with them.
 */
const OTHERS: readonly { entry: RegExp; what: string; instead: string }[] = [
  {
    entry: /(^|\/)(archive_format|serialized_exported_program\.json|models\/[^/]+\.json)$/,
    what: "a program of torch.export (.pt2)",
    instead:
      'save its weights alone, in Python: torch.save(torch.export.load(path).state_dict, "weights.pth")',
  },
  {
    entry: /(^|\/)(constants\.pkl|code\/.*\.py)$/,
    what: "a TorchScript archive, which is a program",
    instead:
      'save its weights alone, in Python: torch.save(torch.jit.load(path).state_dict(), "weights.pth")',
  },
  {
    entry: /(^|\/)model\.weights\.h5$/,
    what: "a Keras model (.keras)",
    instead:
      'save its arrays, in Python: numpy.savez("weights.npz", **{w.path: w.numpy() for w in model.weights})',
  },
  {
    entry: /(^|\/)\.data\/(extern_modules|python_version)$/,
    what: "an archive of torch.package, which is a program",
    instead: "save the weights alone, in Python: torch.save(model.state_dict(), path)",
  },
];

/** How many entries a message names. */
const NAMED = 3;

/** The error for a ZIP archive that holds no checkpoint, by what its entries are called. */
export function otherArchive(paths: readonly string[], place: Cursor): SyntaxError {
  const known = programAmong(paths);
  if (known) return place.fail(`it is ${known.what}; ${known.instead}, or export the model to ONNX`, 0);
  const named = paths.slice(0, NAMED).map((path) => JSON.stringify(path.slice(0, 80))).join(", ");
  return place.fail(
    `expected data.pkl or .npy entries in the archive, found ${
      paths.length === 0 ? "none" : paths.length > NAMED ? `${named} and ${paths.length - NAMED} more` : named
    }`,
    0,
  );
}

/** Which kind of program the entries are of, if of any. */
export function programAmong(paths: readonly string[]): { what: string; instead: string } | undefined {
  return OTHERS.find(({ entry }) => paths.some((path) => entry.test(path)));
}
