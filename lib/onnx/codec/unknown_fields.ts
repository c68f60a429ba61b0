/**
 * Fields of a tensor or an attribute that Espalier does not interpret (doc strings, metadata), as protobuf
 * fields, by the object it is about: a tensor of onnxruntime-common has no place for it. A tensor that is
 * replaced leaves its notes behind, as it should.
 */
const notes = new WeakMap<object, Uint8Array>();

/** Keeps fields that come with an object. */
export function keepUnknownFields(object: object, fields: Uint8Array | undefined): void {
  if (fields) notes.set(object, fields);
}

/** The fields that came with an object. */
export function restOf(object: object): Uint8Array | undefined {
  return notes.get(object);
}

/** Fields of the dimensions of a shape that Espalier does not interpret (denotations), by axis. */
const notesOfDims = new WeakMap<object, readonly (Uint8Array | undefined)[]>();

/** Keeps fields that come with the dimensions of a shape; another shape in its place leaves them behind. */
export function keepFieldsOfDims(shape: object, fields: readonly (Uint8Array | undefined)[]): void {
  if (fields.some(Boolean)) notesOfDims.set(shape, fields);
}

/** The fields that came with the dimensions of a shape, by axis. */
export function restOfDims(shape: object): readonly (Uint8Array | undefined)[] {
  return notesOfDims.get(shape) ?? [];
}
