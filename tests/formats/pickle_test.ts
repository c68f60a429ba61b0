import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { decodeCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { readPickle } from "../../lib/formats/pytorch/pickle.ts";
import { TORCH_GLOBALS } from "../../lib/formats/pytorch/torch_classes.ts";

/** A pickle from bytes and text. */
function pickle(...parts: (number | string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "number"
        ? [part]
        : typeof part === "string"
        ? [...new TextEncoder().encode(part)]
        : [...part]
    ),
  );
}

function read(bytes: Uint8Array): unknown {
  return readPickle(bytes, { name: "evil.pkl", rules: { globals: TORCH_GLOBALS } }).value;
}

/** `torch.save`'s old format around one pickle. */
function legacy(object: Uint8Array): Uint8Array {
  return pickle(
    Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e),
    Uint8Array.of(0x80, 2, 0x4d, 0xe9, 3, 0x2e),
    pickle(0x80, 2, "}."),
    object,
    pickle(0x80, 2, "]."),
  );
}

const text = (value: string) => pickle("X", new Uint8Array(new Uint32Array([value.length]).buffer), value);

Deno.test("pickles that would run code are errors that name what they ask for", () => {
  const attacks: Record<string, Uint8Array> = {
    "os.system": pickle(0x80, 2, "cos\nsystem\n", text("echo pwned"), 0x85, "R."),
    "posix.system": pickle(0x80, 2, "cposix\nsystem\n", text("id"), 0x85, "R."),
    "builtins.eval": pickle(0x80, 4, 0x8c, 8, "builtins", 0x8c, 4, "eval", 0x93, 0x8c, 3, "1+1", 0x85, "R."),
    "__builtin__.exec": pickle(0x80, 2, "c__builtin__\nexec\n", text("x"), 0x85, "R."),
    "builtins.getattr": pickle(0x80, 2, "cbuiltins\ngetattr\n)R."),
    "subprocess.Popen": pickle(0x80, 2, "csubprocess\nPopen\n)", 0x81, "."),
    "torch.load": pickle(0x80, 2, "ctorch\nload\n)R."),
    "torch._utils.__class__": pickle(0x80, 2, "ctorch._utils\n__class__\n."),
  };
  for (const [name, attack] of Object.entries(attacks)) {
    throws(
      () => read(attack),
      (error: Error) => error instanceof SyntaxError && error.message.includes(name),
      name,
    );
    throws(() => decodeCheckpoint(legacy(attack)), (error: Error) => error.message.includes(name), name);
  }
});

Deno.test("names that JavaScript objects inherit are not on the list", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    throws(() => read(pickle(0x80, 2, `c${name}\n${name}\n.`)), { name: "SyntaxError", message: /asks for/ });
  }
  throws(() => read(pickle(0x80, 2, "cnumpy\ndtype\n", text("constructor"), 0x85, "R.")), {
    name: "SyntaxError",
  });
});

Deno.test("dictionaries have no prototype to pollute", () => {
  const value = read(pickle(0x80, 2, "}", text("__proto__"), "}", text("polluted"), 0x88, "ss."));
  ok(value instanceof Map);
  equal(({} as Record<string, unknown>).polluted, undefined);
});

Deno.test("state is set on nothing but dictionaries of known classes", () => {
  throws(() => read(pickle(0x80, 2, "]}b.")), { message: /sets the state of a plain value/ });
  throws(() => read(pickle(0x80, 2, "ctorch\nSize\n)", 0x85, "R}b.")), {
    message: /torch\.Size.*takes none/,
  });
  deepEqual(read(pickle(0x80, 2, "ccollections\nOrderedDict\n)R}b.")), new Map());
});

Deno.test("instructions without what they need are errors", () => {
  for (
    const code of [
      "0",
      "R",
      "b",
      "s",
      "u",
      "a",
      "e",
      "t",
      "h\x05",
      "j\x01\x02\x03\x04",
      "Q",
      "\x85",
      "2",
      ")R.",
    ]
  ) {
    throws(() => read(pickle(...[...code].map((character) => character.charCodeAt(0)), ".")), {
      name: "SyntaxError",
    }, code);
  }
  throws(() => read(pickle("(1", "N", "N.")), { message: /expected one value at the end/ });
});

Deno.test("extension codes, protocol 0 and buffers outside the file are errors that name the instruction", () => {
  throws(() => read(pickle(0x82, 1, ".")), { message: /0x82/ });
  throws(() => read(pickle("I1\n.")), { message: /0x49/ });
  throws(() => read(pickle(0x97, ".")), { message: /0x97/ });
});

Deno.test("huge lengths and integers end at once", () => {
  throws(() => read(pickle(0x8b, 0xff, 0xff, 0xff, 0x7f, 1)), { message: /integer of 2147483647 bytes/ });
  throws(() => read(pickle("X", 0xff, 0xff, 0xff, 0xff)), { message: /expected 4294967295 bytes of text/ });
  throws(() => read(pickle(0x8e, new Uint8Array(8).fill(0xff))), {
    message: /expected 18446744073709551615 bytes/,
  });
});

Deno.test("a bomb of shared lists stays as small as its file", () => {
  // Each of 60 lists holds the one before it ten times: 10^60 leaves if followed one by one.
  const level = (i: number) => pickle("](", ...Array.from({ length: 10 }, () => pickle("h", i)), "eq", i + 1);
  const bomb = pickle(0x80, 2, "(]q", 0, ...Array.from({ length: 60 }, (_, i) => level(i)), "t.");
  throws(() => decodeCheckpoint(legacy(bomb)), {
    name: "SyntaxError",
    message: /expected tensors, found none/,
  });
});

Deno.test("deep nesting and cycles end", () => {
  const deep = pickle(0x80, 2, "]".repeat(200_000), "a".repeat(199_999), ".");
  throws(() => decodeCheckpoint(legacy(deep)), { name: "SyntaxError", message: /nested more than/ });
  const cycle = pickle(0x80, 2, "]q", 0, "h", 0, "a.");
  throws(() => decodeCheckpoint(legacy(cycle)), { name: "SyntaxError", message: /found none/ });
});

Deno.test("too many instructions end", () => {
  throws(() => read(pickle(0x80, 2, "N0".repeat(1_100_000), "N.")), {
    message: /more than 2000000 instructions/,
  });
});

/** A file of one float32 tensor: a storage of one element, seen in the given size and strides, perhaps within something. */
function oneView(size: Uint8Array, strides: Uint8Array, within = (view: Uint8Array) => view): Uint8Array {
  const storage = pickle(
    "(",
    text("storage"),
    "ctorch\nFloatStorage\n",
    text("0"),
    text("cpu"),
    "K",
    1,
    "NtQ",
  );
  const head = pickle("ctorch._utils\n_rebuild_tensor_v2\n(", storage, "K", 0);
  const view = within(pickle(head, size, strides, 0x89, "NtR"));
  const keys = pickle(0x80, 2, "]", text("0"), "a.");
  const start = legacy(pickle(0x80, 2, view, "."));
  return pickle(start.subarray(0, start.length - 4), keys, 1, new Uint8Array(7), new Uint8Array(4));
}

/** Pushes the number `i`, takes the tuple `(memo 1,)` and appends what `memo 0` makes of it. */
const called = pickle("h", 0, "h", 1, 0x85, "Ra");

Deno.test("one long list handed to many calls ends, by any call that would copy it", () => {
  const pairs = pickle("](", ...Array.from({ length: 20_000 }, () => pickle("K", 1, "N", 0x86)), "e");
  const words = text("x".repeat(100_000));
  for (
    const [name, list] of [
      ["collections\nOrderedDict", pairs],
      ["__builtin__\nset", pairs],
      ["torch\nSize", pickle("](", "K\x01".repeat(20_000), "e")],
      ["_codecs\nencode", words],
    ] as const
  ) {
    const args = name.startsWith("_codecs") ? pickle("h", 0, "h", 1, text("latin1"), 0x86, "Ra") : called;
    const bomb = pickle(
      0x80,
      2,
      `c${name}\nq`,
      0,
      "0",
      list,
      "q",
      1,
      "0]",
      ...Array.from({ length: 20_000 }, () => args),
      ".",
    );
    const before = Deno.memoryUsage().rss;
    throws(() => read(bomb), { name: "SyntaxError", message: /more than 2000000 instructions/ }, name);
    ok(Deno.memoryUsage().rss - before < 600 * 2 ** 20, `${name} took memory`);
  }
  const shared = pickle("}(", ...Array.from({ length: 20_000 }, (_, i) => pickle("J", int32(i), "N")), "u");
  const states = pickle(
    0x80,
    2,
    "cargparse\nNamespace\nq",
    0,
    "0",
    shared,
    "q",
    1,
    "0]",
    ...Array.from({ length: 20_000 }, () => pickle("h", 0, ")", 0x81, "h", 1, "ba")),
    ".",
  );
  throws(() => read(states), { name: "SyntaxError", message: /more than 2000000 instructions/ });
});

function int32(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer);
}

Deno.test("what is deep, cyclic or huge is named by its kind in a message", () => {
  const deep = pickle("]".repeat(50_000), "a".repeat(49_999));
  for (
    const code of [
      pickle("ctorch\ndevice\n", deep, 0x85, "R."),
      pickle("ctorch\nSize\n", deep, 0x85, 0x85, "R."),
      pickle("cnumpy\ndtype\n", deep, 0x85, "R."),
      pickle(deep, deep, 0x93, "."),
      pickle("ctorch\nSize\n(", 0x8a, 9, new Uint8Array(9).fill(0x7f), "t", 0x85, "R."),
    ]
  ) {
    throws(
      () => read(pickle(0x80, 2, code)),
      (error: Error) => error instanceof SyntaxError && error.message.length < 400,
    );
  }
});

Deno.test("a storage key that is no text is an error with a sentence", () => {
  for (
    const key of [
      pickle(0x8a, 8, new Uint8Array(8).fill(0x11)),
      pickle("]q", 0, "h", 0, "a"),
      pickle("N"),
      pickle("}"),
    ]
  ) {
    const start = legacy(pickle(0x80, 2, "]."));
    const bad = pickle(start.subarray(0, start.length - 4), 0x80, 2, "]", key, "a.");
    throws(() => decodeCheckpoint(bad, "old.th"), {
      name: "SyntaxError",
      message: /old\.th: the storage .* is listed, but not used once/,
    });
  }
});

Deno.test("lists that share what they hold, with tensors in it, end", () => {
  const level = (i: number) => pickle("](", ...Array.from({ length: 10 }, () => pickle("h", i)), "eq", i + 1);
  const levels = Array.from({ length: 25 }, (_, i) => level(i));
  const one = pickle("K", 1, 0x85);
  const file = oneView(one, one, (view) => pickle("(", view, "q", 0, ...levels, "t"));
  throws(() => decodeCheckpoint(file), {
    name: "SyntaxError",
    message: /tensors or entries; no network has more/,
  });
});

Deno.test("a view far larger than its storage is an error, not a gigabyte", () => {
  const bomb = oneView(pickle("J", 0xff, 0xff, 0xff, 0x7f, 0x85), pickle("K", 0, 0x85));
  throws(() => decodeCheckpoint(bomb), { name: "SyntaxError", message: /many times larger than the file/ });
});

Deno.test("a view that reaches beyond its storage is an error with its shape", () => {
  for (const stride of [1, 2]) {
    const beyond = oneView(pickle("K", 3, 0x85), pickle("K", stride, 0x85));
    throws(() => decodeCheckpoint(beyond), { name: "SyntaxError", message: /shape \[3\] reaches element/ });
  }
});
