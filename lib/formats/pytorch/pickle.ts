/**
 * Reads Python pickles (protocols 2 to 5) as data. A pickle is a program for a small stack machine, and two
 * of its instructions call whatever function the file names; here they call only what the caller's table
 * holds, so nothing in a file can run code. A name that the table lacks is an error that says the name.
 *
 * Source: the instruction set as documented in Python's `pickletools` and PEP 307, 3154, 574.
 */
import { limits, raised } from "../../limits.ts";
import { type Cursor, cursor, utf8 } from "../archives/cursor.ts";
import { inWords } from "../in_words.ts";

/** Replacement of a Python class or function: a pure function of its arguments. */
export interface PickleClass {
  /** Makes the object from the arguments of the call. */
  construct(args: readonly unknown[]): unknown;
  /** Applies what `__setstate__` or `__dict__` would get; without it, state is an error. */
  setState?(object: unknown, state: unknown): void;
}

/** Everything that a pickle may refer to outside itself. */
export interface PickleRules {
  /** Classes, or plain values such as `torch.float32`, by `module.name`. */
  readonly globals: ReadonlyMap<string, unknown>;
  /** Resolves persistent ids; without it they are errors. */
  persistentLoad?(id: unknown): unknown;
}

/** Characters or bytes given to a call that count as one instruction. */
const CHARACTERS = 64;

/** Bytes of the largest integer: real ones have at most ten (the magic number of PyTorch). */
const MOST_INTEGER_BYTES = 1024;

interface Machine {
  readonly code: Cursor;
  readonly rules: PickleRules;
  readonly memo: Map<number, unknown>;
  /** The class an object was made by, for its state. */
  readonly madeBy: WeakMap<object, { class: PickleClass; name: string }>;
  /** Names of resolved globals, for messages. */
  readonly names: Map<unknown, string>;
  readonly marks: number[];
  stack: unknown[];
  /** Instructions so far, and what counts like them. */
  work: number;
}

/**
 * The value of the pickle that starts at `offset`, and where it ends. Dictionaries become `Map`s, sets
 * `Set`s, lists arrays, tuples frozen arrays, integers beyond 2⁵³ `bigint`s. Shared and cyclic references
 * stay shared.
 *
 * @throws {SyntaxError} what is not a pickle, is cut off, or names something that is not in the rules
 */
export function readPickle(
  bytes: Uint8Array,
  { name, offset = 0, rules }: { name: string; offset?: number; rules: PickleRules },
): { value: unknown; end: number } {
  const code = cursor(bytes, name, offset);
  const machine: Machine = {
    code,
    rules,
    memo: new Map(),
    madeBy: new WeakMap(),
    names: new Map(),
    marks: [],
    stack: [],
    work: 0,
  };
  for (;;) {
    charge(machine, 1);
    const at = code.offset;
    const opcode = code.uint8("a pickle instruction");
    if (opcode === STOP) {
      if (machine.stack.length !== 1 || machine.marks.length > 0) {
        throw code.fail(`expected one value at the end of the pickle, found ${machine.stack.length}`, at);
      }
      return { value: machine.stack[0], end: code.offset };
    }
    const instruction = INSTRUCTIONS[opcode];
    if (!instruction) {
      const hex = opcode.toString(16).padStart(2, "0");
      throw code.fail(`expected an instruction of pickle protocol 2 to 5, found 0x${hex}`, at);
    }
    instruction(machine);
  }
}

function charge(m: Machine, work: number): void {
  m.work += work;
  // What a call is given counts too, or a small file that hands one long list to many calls would ask for
  // endless work.
  if (m.work > limits().pickleInstructions) {
    throw m.code.fail(
      `the pickle asks for more than ${limits().pickleInstructions} instructions; no real checkpoint does, ` +
        raised("pickleInstructions"),
    );
  }
}

/** Instructions that going through a value once takes. */
function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map || value instanceof Set) return value.size;
  if (typeof value === "string" || value instanceof Uint8Array) return Math.floor(value.length / CHARACTERS);
  return 0;
}

function pop(m: Machine): unknown {
  const floor = m.marks.at(-1) ?? 0;
  if (m.stack.length <= floor) {
    throw m.code.fail("a pickle instruction needs a value, but the stack is empty");
  }
  return m.stack.pop();
}

function peek(m: Machine): unknown {
  const floor = m.marks.at(-1) ?? 0;
  if (m.stack.length <= floor) {
    throw m.code.fail("a pickle instruction needs a value, but the stack is empty");
  }
  return m.stack.at(-1);
}

function popMark(m: Machine): unknown[] {
  const mark = m.marks.pop();
  if (mark === undefined) throw m.code.fail("a pickle instruction needs a mark, but there is none");
  return m.stack.splice(mark);
}

function popTuple(m: Machine, length: number): void {
  const items: unknown[] = [];
  for (let i = 0; i < length; i++) items.unshift(pop(m));
  m.stack.push(Object.freeze(items));
}

function remember(m: Machine, index: number): void {
  m.memo.set(index, peek(m));
}

function recall(m: Machine, index: number): void {
  if (!m.memo.has(index)) throw m.code.fail(`the pickle refers to value ${index}, which it never stored`);
  m.stack.push(m.memo.get(index));
}

function pushText(m: Machine, length: number): void {
  m.stack.push(utf8(m.code.take(length, "text"), m.code, "text"));
}

function pushBytes(m: Machine, length: number): void {
  m.stack.push(m.code.take(length, "a byte string"));
}

/** Python 2 strings: Latin-1 keeps every byte, and names are ASCII anyway. */
function pushLatin1(m: Machine, length: number): void {
  m.stack.push(latin1(m.code.take(length, "text")));
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function length64(m: Machine): number {
  const length = m.code.uint64("a length");
  if (length > BigInt(m.code.left())) {
    throw m.code.fail(`expected ${length} bytes, found ${m.code.left()} before the end`);
  }
  return Number(length);
}

/** Two's complement, little endian, any length. */
function pushInteger(m: Machine, length: number): void {
  if (length > MOST_INTEGER_BYTES) {
    throw m.code.fail(`found an integer of ${length} bytes; none is that long`);
  }
  const bytes = m.code.take(length, "an integer");
  let value = 0n;
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  if (length > 0 && bytes[length - 1]! >= 0x80) value -= 1n << BigInt(8 * length);
  m.stack.push(BigInt.asIntN(54, value) === value ? Number(value) : value);
}

function readLine(m: Machine): string {
  const end = m.code.bytes.indexOf(0x0a, m.code.offset);
  if (end < 0 || end - m.code.offset > 1024) {
    throw m.code.fail("expected the name of a class on a line of its own");
  }
  const line = utf8(m.code.take(end - m.code.offset, "a name"), m.code, "a name");
  m.code.offset++;
  return line;
}

function pushGlobal(m: Machine, module: unknown, name: unknown): void {
  if (typeof module !== "string" || typeof name !== "string") {
    throw m.code.fail(`expected the name of a class as text, found ${inWords(module)} and ${inWords(name)}`);
  }
  const full = `${module}.${name}`;
  if (!m.rules.globals.has(full)) {
    throw m.code.fail(
      `the pickle asks for ${
        full.slice(0, 200)
      }, which is not on the list of plain data that is read; no code in a file is ` +
        `ever run; save tensors only, as in torch.save(model.state_dict(), path)`,
    );
  }
  const value = m.rules.globals.get(full);
  m.names.set(value, full);
  m.stack.push(value);
}

function isClass(value: unknown): value is PickleClass {
  return typeof value === "object" && value !== null && "construct" in value &&
    typeof value.construct === "function";
}

function call(m: Machine, target: unknown, args: unknown): void {
  if (!isClass(target) || !Array.isArray(args)) {
    throw m.code.fail("the pickle calls something that is not a class with a tuple of arguments");
  }
  charge(m, args.reduce((sum: number, value) => sum + lengthOf(value), 0));
  const name = m.names.get(target)!;
  let object: unknown;
  try {
    object = target.construct(args);
  } catch (error) {
    throw m.code.fail(`${name} was given arguments that it does not take: ${(error as Error).message}`);
  }
  if (typeof object === "object" && object !== null) m.madeBy.set(object, { class: target, name });
  m.stack.push(object);
}

function build(m: Machine): void {
  const state = pop(m);
  const object = peek(m);
  const maker = typeof object === "object" && object !== null ? m.madeBy.get(object) : undefined;
  if (!maker?.class.setState) {
    throw m.code.fail(`the pickle sets the state of ${maker?.name ?? "a plain value"}, which takes none`);
  }
  charge(m, lengthOf(state));
  try {
    maker.class.setState(object, state);
  } catch (error) {
    throw m.code.fail(`${maker.name} was given a state that it does not take: ${(error as Error).message}`);
  }
}

function setItems(m: Machine, items: unknown[]): void {
  const target = peek(m);
  if (!(target instanceof Map) || items.length % 2 !== 0) {
    throw m.code.fail("the pickle sets the items of something that is no dictionary");
  }
  for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
}

function append(m: Machine, items: unknown[]): void {
  const target = peek(m);
  if (!Array.isArray(target) || Object.isFrozen(target)) {
    throw m.code.fail("the pickle appends to something that is no list");
  }
  for (const item of items) target.push(item);
}

function addItems(m: Machine): void {
  const items = popMark(m);
  const target = peek(m);
  if (!(target instanceof Set)) throw m.code.fail("the pickle adds items to something that is no set");
  for (const item of items) target.add(item);
}

function persistent(m: Machine): void {
  const id = pop(m);
  if (!m.rules.persistentLoad) throw m.code.fail("the pickle refers to data outside itself");
  try {
    m.stack.push(m.rules.persistentLoad(id));
  } catch (error) {
    throw m.code.fail((error as Error).message);
  }
}

function dictionary(m: Machine): void {
  const items = popMark(m);
  m.stack.push(new Map());
  setItems(m, items);
}

const STOP = 0x2e;

/** Actions of all instructions, by code, under their names in `pickletools`. */
const INSTRUCTIONS: Readonly<Record<number, (m: Machine) => void>> = {
  /* PROTO */ 0x80: (m) => {
    const protocol = m.code.uint8("the pickle protocol");
    if (protocol > 5) throw m.code.fail(`expected pickle protocol 2 to 5, found ${protocol}`);
  },
  /* FRAME */ 0x95: (m) => void length64(m),
  /* MARK */ 0x28: (m) => m.marks.push(m.stack.length),
  /* POP */ 0x30: (m) => {
    // After a mark with nothing above it, POP removes the mark itself.
    if (m.marks.at(-1) === m.stack.length) m.marks.pop();
    else pop(m);
  },
  /* POP_MARK */ 0x31: (m) => void popMark(m),
  /* DUP */ 0x32: (m) => m.stack.push(peek(m)),

  /* NONE */ 0x4e: (m) => m.stack.push(null),
  /* NEWTRUE */ 0x88: (m) => m.stack.push(true),
  /* NEWFALSE */ 0x89: (m) => m.stack.push(false),
  /* BININT */ 0x4a: (m) => m.stack.push(m.code.int32("an integer")),
  /* BININT1 */ 0x4b: (m) => m.stack.push(m.code.uint8("an integer")),
  /* BININT2 */ 0x4d: (m) => m.stack.push(m.code.uint16("an integer")),
  /* LONG1 */ 0x8a: (m) => pushInteger(m, m.code.uint8("a length")),
  /* LONG4 */ 0x8b: (m) => pushInteger(m, m.code.uint32("a length")),
  /* BINFLOAT */ 0x47: (m) => m.stack.push(m.code.float64BigEndian("a number")),
  /* BINUNICODE */ 0x58: (m) => pushText(m, m.code.uint32("a length")),
  /* SHORT_BINUNICODE */ 0x8c: (m) => pushText(m, m.code.uint8("a length")),
  /* BINUNICODE8 */ 0x8d: (m) => pushText(m, length64(m)),
  /* BINSTRING */ 0x54: (m) => pushLatin1(m, m.code.uint32("a length")),
  /* SHORT_BINSTRING */ 0x55: (m) => pushLatin1(m, m.code.uint8("a length")),
  /* BINBYTES */ 0x42: (m) => pushBytes(m, m.code.uint32("a length")),
  /* SHORT_BINBYTES */ 0x43: (m) => pushBytes(m, m.code.uint8("a length")),
  /* BINBYTES8 */ 0x8e: (m) => pushBytes(m, length64(m)),

  /* EMPTY_TUPLE */ 0x29: (m) => popTuple(m, 0),
  /* TUPLE1 */ 0x85: (m) => popTuple(m, 1),
  /* TUPLE2 */ 0x86: (m) => popTuple(m, 2),
  /* TUPLE3 */ 0x87: (m) => popTuple(m, 3),
  /* TUPLE */ 0x74: (m) => m.stack.push(Object.freeze(popMark(m))),
  /* EMPTY_LIST */ 0x5d: (m) => m.stack.push([]),
  /* LIST */ 0x6c: (m) => m.stack.push(popMark(m)),
  /* APPEND */ 0x61: (m) => append(m, [pop(m)]),
  /* APPENDS */ 0x65: (m) => append(m, popMark(m)),
  /* EMPTY_DICT */ 0x7d: (m) => m.stack.push(new Map()),
  /* DICT */ 0x64: dictionary,
  /* SETITEM */ 0x73: (m) => {
    const value = pop(m);
    setItems(m, [pop(m), value]);
  },
  /* SETITEMS */ 0x75: (m) => setItems(m, popMark(m)),
  /* EMPTY_SET */ 0x8f: (m) => m.stack.push(new Set()),
  /* ADDITEMS */ 0x90: addItems,

  /* BINPUT */ 0x71: (m) => remember(m, m.code.uint8("an index")),
  /* LONG_BINPUT */ 0x72: (m) => remember(m, m.code.uint32("an index")),
  /* MEMOIZE */ 0x94: (m) => remember(m, m.memo.size),
  /* BINGET */ 0x68: (m) => recall(m, m.code.uint8("an index")),
  /* LONG_BINGET */ 0x6a: (m) => recall(m, m.code.uint32("an index")),

  /* GLOBAL */ 0x63: (m) => pushGlobal(m, readLine(m), readLine(m)),
  /* STACK_GLOBAL */ 0x93: (m) => {
    const name = pop(m);
    pushGlobal(m, pop(m), name);
  },
  /* REDUCE */ 0x52: (m) => {
    const args = pop(m);
    call(m, pop(m), args);
  },
  /* NEWOBJ */ 0x81: (m) => {
    const args = pop(m);
    call(m, pop(m), args);
  },
  /* BUILD */ 0x62: build,
  /* BINPERSID */ 0x51: persistent,
};
