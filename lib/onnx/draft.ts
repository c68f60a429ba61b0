/** `T` with fields and lists that may change: what is being read or built, and nobody else has yet. */
export type Draft<T> = {
  -readonly [K in keyof T]: T[K] extends ReadonlyMap<infer Key, infer Value> ? Map<Key, Value>
    : T[K] extends readonly (infer Element)[] ? Element[]
    : T[K];
};
