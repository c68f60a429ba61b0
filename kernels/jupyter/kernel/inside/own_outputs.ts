/** How a file that is only written was opened, as Linux's /proc tells it. */
const WRITES = 1;
/** An open file that programs which are started do not get (`O_CLOEXEC`, `MFD_CLOEXEC`). */
const [OPEN_OWN, MEMORY_OWN] = [0o2000000, 1];

/** The process's own outputs, by their numbers. */
const OUTPUTS = { stdout: 1, stderr: 2 } as const;
type Output = keyof typeof OUTPUTS;

/**
 * Lets what programs that a cell starts print, and what is written to `Deno.stdout`, reach the kernel. Deno's
 * kernel puts pipes of its own, which nobody reads but its tests, in the place of both outputs; they become
 * what the process was started with. On Linux only: it takes the system's library, and /proc.
 */
export function ownOutputs(): void {
  if (Deno.build.os !== "linux") return;
  try {
    const { symbols } = Deno.dlopen("libc.so.6", {
      dup: { parameters: ["i32"], result: "i32" },
      dup3: { parameters: ["i32", "i32", "i32"], result: "i32" },
      close: { parameters: ["i32"], result: "i32" },
      memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
    });
    const memory = symbols.memfd_create(new TextEncoder().encode("probe\0"), MEMORY_OWN);
    for (const name of ["stdout", "stderr"] as const) {
      const files = filesLike(placeOf(name));
      for (const isOf of USES) {
        for (const file of files) {
          const before = symbols.dup(file);
          symbols.dup3(memory, file, OPEN_OWN);
          const isIt = isOf(name, memory);
          // Those that are neither are for Deno's tests.
          symbols.dup3(isIt ? OUTPUTS[name] : before, file, OPEN_OWN);
          symbols.close(before);
          if (isIt) break;
        }
      }
    }
    symbols.close(memory);
  } catch {
    // Another C library: what is printed there is lost then, as with Deno's kernel.
  }
}

/** Whether an output goes to a file that is open: that of programs that are started, and that of this one. */
const USES: readonly ((name: Output, file: number) => boolean)[] = [
  (name, file) => placeOf(name) === Deno.readLinkSync(`/proc/self/fd/${file}`),
  (name, file) => {
    const size = () => Deno.statSync(`/proc/self/fd/${file}`).size;
    const before = size();
    Deno[name].writeSync(new Uint8Array(1));
    return size() > before;
  },
];

/** What stands in the place of an output, as a program that is started sees it: `pipe:[1234]`. */
function placeOf(name: Output): string {
  // Within $(…) the shell's own outputs are still what they were.
  const other = name === "stdout" ? "stderr" : "stdout";
  const output = new Deno.Command("sh", {
    args: ["-c", `place=$(readlink /proc/$$/fd/${OUTPUTS[name]}); echo "$place" >&${OUTPUTS[other]}`],
    stdin: "null",
    [name]: "inherit",
    [other]: "piped",
  }).outputSync();
  return new TextDecoder().decode(output[other]).trim();
}

/** The files that this process has open for writing and that are this one. */
function filesLike(place: string): number[] {
  return [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => Number(name)).filter((file) => {
    if (file <= OUTPUTS.stderr) return false;
    try {
      const [, flags] = /^flags:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/self/fdinfo/${file}`))!;
      return Deno.readLinkSync(`/proc/self/fd/${file}`) === place && (parseInt(flags!, 8) & 3) === WRITES;
    } catch {
      return false; // closed meanwhile
    }
  });
}
