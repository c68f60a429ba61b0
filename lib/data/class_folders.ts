import { Error } from "../errors.ts";
import { ifFound, NotFoundError, saysAbsent } from "../files/not_found.ts";

/** Labelled images in files: `paths[i]` shows class `labels[i]`. */
export interface LabelledFiles {
  /** Path of each file. */
  readonly paths: readonly string[];
  /** Indices of classes. */
  readonly labels: Uint32Array;
}

/** Images to learn from and to judge by, in a folder per class. */
export interface ClassFolders {
  /** Names of the classes' folders, by label. */
  readonly classes: readonly string[];
  /** The images of `train`. */
  readonly train: LabelledFiles;
  /** The images of `val`. */
  readonly val: LabelledFiles;
}

const IMAGE = /\.(?:jpe?g|png)$/i;

/**
 * The labelled images (JPEG or PNG) of a folder in the usual layout, `train/<class>/*.JPEG` and
 * `val/<class>/*.JPEG`. As in torchvision's `ImageFolder`, labels are places in the sorted list of classes;
 * names that begin with a dot, and files of other kinds, are passed over. Only names are read.
 *
 * @throws {Error} where a part, its classes or the images of a class are missing; the message says what to
 * do
 */
export async function classFolders(folder: string): Promise<ClassFolders> {
  const [train, val] = [await readPart(`${folder}/train`), await readPart(`${folder}/val`)];
  const classes = [...train.keys()];
  const others = [...val.keys()];
  if (classes.join("/") !== others.join("/")) {
    const lists = [
      listed("only in train", classes.filter((name) => !val.has(name))),
      listed("only in val", others.filter((name) => !train.has(name))),
    ];
    throw new Error(
      `Cannot read ${folder}: train and val must have the same classes, but found ${
        lists.filter(Boolean).join(" and ")
      }`,
    );
  }
  return { classes, train: labelled(`${folder}/train`, train), val: labelled(`${folder}/val`, val) };
}

/** The images of every class, classes and images in the order of their names. */
async function readPart(part: string): Promise<Map<string, string[]>> {
  const entries = await entriesOf(part);
  if (!entries) {
    throw new NotFoundError(
      `Cannot find ${part}: expected a folder with one folder of images per class, ` +
        `such as ${part}/n01440764/*.JPEG`,
    );
  }
  if (entries.folders.length === 0) {
    throw new Error(
      entries.images.length === 0
        ? `Cannot read ${part}: it is empty; expected one folder of images per class`
        : `Cannot read ${part}: it has ${entries.images.length} images but no folders of classes, as the archive of ` +
          `ILSVRC's validation images has it; move each image into the folder of its class (PyTorch's script ` +
          `valprep.sh does it; Kaggle's copy names the classes in LOC_val_solution.csv)`,
    );
  }
  const classes = new Map<string, string[]>();
  for (const name of entries.folders) classes.set(name, (await entriesOf(`${part}/${name}`))!.images);
  const empty = [...classes].filter(([, images]) => images.length === 0).map(([name]) => name);
  if (empty.length > 0) {
    throw new Error(
      `Cannot read ${part}: expected JPEG or PNG files in every class's folder, but found ${
        listed("empty", empty)
      }; fill or remove them`,
    );
  }
  return classes;
}

/**
 * Sorted names of folders and images; nothing where there is no such folder. Links count as what they lead
 * to, and are passed over where they lead nowhere.
 */
async function entriesOf(folder: string): Promise<{ folders: string[]; images: string[] } | undefined> {
  const [folders, images]: [string[], string[]] = [[], []];
  try {
    for await (const { name, isSymlink, isDirectory } of Deno.readDir(folder)) {
      if (name.startsWith(".")) continue;
      if (IMAGE.test(name)) images.push(name);
      else if (isDirectory || isSymlink && (await ifFound(Deno.stat(`${folder}/${name}`)))?.isDirectory) {
        folders.push(name);
      }
    }
  } catch (error) {
    if (saysAbsent(error)) return undefined;
    throw error;
  }
  return { folders: folders.sort(), images: images.sort() };
}

function labelled(part: string, classes: ReadonlyMap<string, readonly string[]>): LabelledFiles {
  const all = [...classes];
  return {
    paths: all.flatMap(([name, images]) => images.map((image) => `${part}/${name}/${image}`)),
    labels: Uint32Array.from(all.flatMap(([, images], label) => images.map(() => label))),
  };
}

function listed(what: string, names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return names.length === 0 ? "" : `${what}: ${names.slice(0, 5).join(", ")}${more}`;
}
