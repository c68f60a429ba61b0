"""How a program that knows ratios of channels, but no target of MACs, is brought to half of the MACs."""

from time import process_time

TRIES = 7
SECONDS = 40


def held(field="VmRSS"):
    """Bytes that this process holds, or held at most ("VmHWM"); 0 where the system does not tell."""
    try:
        with open("/proc/self/status") as status:
            lines = dict(line.split(":", 1) for line in status)
        return 1024 * int(lines[field].split()[0])
    except OSError:
        return 0


def halve(attempt):
    """Bisects for the ratio at which half of the MACs is left, from 0.3 on, a ratio that halves most networks.

    `attempt(ratio)` prunes a network anew and gives the share that is left, and processor seconds from the loaded
    network to the pruned one. Kept is what is nearest to half and not above 51 %; an error ends the search. `first`
    is how long the first try took, `search` how long all did."""
    low, high, ratio = 0.0, 1.0, 0.3
    best, least, started, why, times = None, 1.0, process_time(), None, []
    for _ in range(TRIES):
        try:
            share, seconds = attempt(ratio)
        except Exception as error:
            why = f"at ratio {ratio:.2f} {type(error).__name__}: {error}"
            break
        times.append(seconds)
        least = min(least, share)
        if share <= 0.51 and (best is None or share > best["share"]):
            best = dict(share=share, seconds=seconds)
        if 0.47 <= share <= 0.51 or process_time() - started > SECONDS:
            break
        low, high = (ratio, high) if share > 0.51 else (low, ratio)
        ratio = 0.95 if ratio == 0.3 and share > 0.9 else (low + high) / 2
    if best is None:
        best = dict(share=least, why=why or "no less was found")
    return dict(best, first=times[0], search=sum(times)) if times else best
