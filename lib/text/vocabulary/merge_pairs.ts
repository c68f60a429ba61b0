/**
 * Merges neighbours, best pair first, of equal ones the leftmost, until no pair has a rank: O(n log n).
 *
 * @param parts the text in its smallest parts
 * @param rank how good the joint of two parts is, the lower the better; `undefined` where it is none
 */
export function mergePairs(
  parts: readonly string[],
  rank: (left: string, right: string) => number | undefined,
): string[] {
  const texts: (string | undefined)[] = [...parts];
  const next = parts.map((_, i) => i + 1);
  const before = parts.map((_, i) => i - 1);
  const heap: Pair[] = [];
  const offer = (left: number) => {
    const right = next[left]!;
    if (left < 0 || right >= texts.length) return;
    const [a, b] = [texts[left]!, texts[right]!];
    const found = rank(a, b);
    if (found !== undefined) push(heap, { rank: found, left, right, a, b });
  };
  for (let i = 0; i + 1 < parts.length; i++) offer(i);
  for (let best = pop(heap); best; best = pop(heap)) {
    const { left, right, a, b } = best;
    if (texts[left] !== a || texts[right] !== b || next[left] !== right) continue; // one of them was merged
    texts[left] = a + b;
    texts[right] = undefined;
    next[left] = next[right]!;
    if (next[right]! < texts.length) before[next[right]!] = left;
    if (before[left]! >= 0) offer(before[left]!);
    offer(left);
  }
  return texts.filter((text) => text !== undefined);
}

interface Pair {
  rank: number;
  left: number;
  right: number;
  a: string;
  b: string;
}

const comes = (one: Pair, other: Pair) =>
  one.rank < other.rank || (one.rank === other.rank && one.left < other.left);

function push(heap: Pair[], pair: Pair): void {
  let at = heap.length;
  heap.push(pair);
  while (at > 0 && comes(pair, heap[at - 1 >> 1]!)) {
    heap[at] = heap[at - 1 >> 1]!;
    at = at - 1 >> 1;
  }
  heap[at] = pair;
}

function pop(heap: Pair[]): Pair | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (heap.length === 0 || last === undefined) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && comes(heap[child + 1]!, heap[child]!)) child++;
    if (!comes(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return top;
}
