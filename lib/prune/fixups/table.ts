import type { OperatorTable } from "../../onnx/operators/table.ts";
import { counts } from "./counts.ts";
import type { Fixup } from "./fixup.ts";
import { indexing } from "./indexing.ts";
import { means } from "./means.ts";
import { shapes } from "./shapes.ts";

/** Fixes by operator. A node of one without a fix works with fewer channels as it is. */
export const fixups: OperatorTable<Fixup> = { ...counts, ...shapes, ...indexing, ...means };
