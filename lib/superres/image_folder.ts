import { COUNT, requireNumbers } from "../bounds.ts";
import { Error, RangeError, TypeError } from "../errors.ts";
import { readFile } from "../files/read_file.ts";
import { type OptionNames, requireOptions, requireWords } from "../options.ts";
import { filesIn } from "../data/folders.ts";
import { decodeImage } from "../formats/decode_image.ts";
import type { Image } from "../formats/image.ts";
import { cropToMultiple } from "./crop.ts";
import { roundedLuma } from "./luma.ts";
import type { ImagePair } from "./patches.ts";
import { toRgb, withoutAlpha } from "./convert_image.ts";
import { imresize } from "./resample.ts";
import { ifFound, NotFoundError } from "../files/not_found.ts";

/** How images are read. */
export interface ImageFolderOptions {
  /** Side at high over side at low resolution. */
  scale: number;
  /**
   * `"rgb"`: three channels, grey files with three equal ones. `"luma"`: rounded Y of BT.601 (a grey file's
   * samples are Y already), and low resolution is made of that. Default `"rgb"`.
   */
  space?: "rgb" | "luma" | undefined;
}

/** Names of {@linkcode ImageFolderOptions}. */
export const IMAGE_FOLDER_OPTIONS: OptionNames<ImageFolderOptions> = { scale: true, space: true };

/** Images of a folder, read when they are asked for. */
export interface ImageFolder {
  /** Name in tables and figures; says so where it is not the whole published set. */
  readonly name: string;
  /** Whether these are all of the published images; a folder of one's own is always complete. */
  readonly complete: boolean;
  /** Names of the images, in order, without ending. */
  readonly names: readonly string[];
  /** Side at high over side at low resolution. */
  readonly scale: number;
  /** Whether low resolution was read from published files, or made of the originals by `imresize`. */
  readonly lowResolution: "published" | "made";
  /** The folder of the originals. */
  readonly source: string;
  /** Image i and its low resolution; rows and columns that the scale does not divide are left out. */
  pair(index: number): Promise<ImagePair>;
}

/** Where a way to lay a set out has its images. */
interface Layout {
  /** Folder of the originals in the set's folder. */
  hr: (scale: number) => string;
  /** Files that are originals, with the image's name as its first group. */
  file: RegExp;
  /** Path of the low-resolution image, where MATLAB made it as `imresize` here does. */
  lr?: (folder: string, name: string, scale: number) => string[];
}

const IMAGE = /^(.+)\.(?:png|jpe?g)$/i;

/** Layouts under which the field passes its sets on; the first that has an image is taken. */
const LAYOUTS: readonly Layout[] = [
  {
    // EDSR and SwinIR.
    hr: () => "HR",
    file: IMAGE,
    lr: (folder, name, scale) => [
      `${folder}/LR_bicubic/X${scale}/${name}x${scale}.png`,
      `${folder}/LR_bicubic/X${scale}/${name}.png`,
    ],
  },
  {
    // BasicSR.
    hr: () => "GTmod12",
    file: IMAGE,
    lr: (folder, name, scale) => [`${folder}/LRbicx${scale}/${name}.png`],
  },
  {
    // SelfExSR. Its low-resolution files were made with another rule for borders and are passed over.
    hr: (scale) => `image_SRF_${scale}`,
    file: /^(.+)_SRF_\d+_HR\.png$/i,
  },
  {
    // DIV2K: DIV2K_train_HR/0001.png beside DIV2K_train_LR_bicubic/X2/0001x2.png. Other folders have no such
    // sibling.
    hr: () => ".",
    file: IMAGE,
    lr: (folder, name, scale) => [
      `${folder.replace(/_HR\/?$/, "_LR_bicubic")}/X${scale}/${name}x${scale}.png`,
    ],
  },
];

/**
 * The images (PNG or JPEG) of a folder: as it is, or laid out as EDSR's benchmarks (`HR`, `LR_bicubic/X2`),
 * BasicSR's (`GTmod12`, `LRbicx2`), SelfExSR's (`image_SRF_2`) or DIV2K's. Palettes become RGB and 16-bit
 * samples 8-bit ones.
 *
 * @throws {RangeError} where an image is smaller than the scale; TypeError where one is transparent, or a
 * published low-resolution file has another size; SyntaxError for a damaged file; NotFoundError
 * where there is no image; Error where two are of one name
 */
export async function imageFolder(
  folder: string,
  options: ImageFolderOptions,
): Promise<ImageFolder> {
  requireOptions("imageFolder", options, { scale: true, space: true });
  const { scale, space = "rgb" } = options;
  requireWords("read a folder of images", { space }, { space: { rgb: true, luma: true } });
  requireNumbers("read a folder of images", { scale }, COUNT);
  const found = await findLayout(folder, scale);
  if (!found) {
    throw new NotFoundError(
      `Cannot find images in ${folder}: expected PNG or JPEG files there, or in its folder HR, GTmod12 or ` +
        `image_SRF_${scale}; convert other formats (such as BMP) to PNG first`,
    );
  }
  const { source, files, layout } = found;
  const first = layout.lr && space === "rgb" && await readFirst(layout.lr(folder, files[0]!.name, scale));
  return {
    name: folder.replace(/\/$/, "").split("/").at(-1)!,
    complete: true,
    names: files.map(({ name }) => name),
    scale,
    lowResolution: first ? "published" : "made",
    source,
    async pair(index) {
      const file = files[index];
      if (!file) {
        throw new RangeError(
          `Cannot read image ${index} of ${source}: it has ${files.length}, counted from 0`,
        );
      }
      const path = `${source}/${file.file}`;
      const whole = await decodeImage(await readFile(path), path);
      const hr = within(path, () => cropToMultiple(space === "luma" ? toLuma(whole) : toRgb(whole), scale));
      if (!first) return { hr, lr: imresize(hr, 1 / scale) };
      const paths = layout.lr!(folder, file.name, scale);
      const published = await readFirst(paths);
      if (!published) {
        throw new NotFoundError(
          `Cannot find the low-resolution copy of ${path}: expected ${paths.join(" or ")}`,
        );
      }
      return { hr, lr: within(published.path, () => requireSize(toRgb(published.image), hr, scale)) };
    },
  };
}

async function findLayout(folder: string, scale: number) {
  for (const layout of LAYOUTS) {
    const inside = layout.hr(scale);
    const source = inside === "." ? folder : `${folder}/${inside}`;
    const files = (await filesIn(source)).sort().flatMap((file) => {
      const name = layout.file.exec(file)?.[1];
      return name === undefined ? [] : [{ file, name }];
    });
    if (files.length === 0) continue;
    requireNames(source, files);
    return { layout, source, files };
  }
  return undefined;
}

/** Refuses files of one name, as `a.png` and `a.jpg` are: scores and low resolution are found by names. */
function requireNames(source: string, files: readonly { file: string; name: string }[]): void {
  const seen = new Map<string, string>();
  for (const { file, name } of files) {
    const other = seen.get(name);
    if (other !== undefined) {
      throw new Error(
        `Cannot read ${source}: ${other} and ${file} are two images called ${name}; rename or remove one`,
      );
    }
    seen.set(name, file);
  }
}

/** The first of these files that exists. */
async function readFirst(paths: readonly string[]): Promise<{ path: string; image: Image } | undefined> {
  for (const path of paths) {
    const bytes = await ifFound(readFile(path));
    if (bytes) return { path, image: await decodeImage(bytes, path) };
  }
  return undefined;
}

const toLuma = (image: Image) => roundedLuma(withoutAlpha(image));

function requireSize(lr: Image, hr: Image, scale: number): Image {
  if (lr.width * scale === hr.width && lr.height * scale === hr.height) return lr;
  throw new TypeError(
    `its ${lr.width} × ${lr.height} pixels are not those of ${hr.width} × ${hr.height} divided by ${scale}`,
  );
}

/** Result of `read`; its errors name the file. */
function within<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { message } = error as Error;
    throw new (error instanceof RangeError ? RangeError : TypeError)(`Cannot read ${path}: ${message}`, {
      cause: error,
    });
  }
}
