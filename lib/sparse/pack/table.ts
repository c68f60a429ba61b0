import { bitmap } from "./bitmap.ts";
import { csr } from "./csr.ts";
import { nm } from "./nm.ts";
import type { Packing } from "./packing.ts";
import { rice } from "./rice.ts";

/** Names of the packings. */
export type PackingName = "bitmap" | "csr" | "nm" | "rice";

/** All packings, by name. */
export const PACKINGS: Record<PackingName, Packing> = { bitmap, csr, nm, rice };
