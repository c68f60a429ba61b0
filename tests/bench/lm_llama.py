"""llama.cpp by the package xllamacpp, for lm.ts: python lm_llama.py <path> <threads>. Answers each line,
"open", "prompt <tokens>" or "generate <tokens>": seconds, the processor's, peak MiB of the process, and
beyond what it had before."""
import json
import os
import sys
import time
import urllib.request

import xllamacpp


def peak():
    """Peak resident MiB so far; what the system says of a process before it began does not count."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


before = peak()


def say(seconds, processor):
    print(seconds, processor, peak(), peak() - before, flush=True)


def start():
    parameters = xllamacpp.CommonParams()
    parameters.model.path = sys.argv[1]
    parameters.n_ctx = 1024
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = int(sys.argv[2])
    parameters.cpuparams_batch.n_threads = int(sys.argv[2])
    parameters.port = 0
    opened = xllamacpp.Server(parameters)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # it says what it does, request by request
    return opened


def ask(prompt, count):
    """The server's own times of the two parts, in ms."""
    body = {"prompt": prompt, "n_predict": count, "temperature": 0, "cache_prompt": False, "ignore_eos": True}
    request = urllib.request.Request(server.listening_address + "/completion", json.dumps(body).encode(),
                                     {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["timings"]


for line in sys.stdin:
    what, *count = line.split()
    began, cpu = time.perf_counter(), time.process_time()
    if what == "open":
        server = start()
        ask([300], 1)
        say(time.perf_counter() - began, time.process_time() - cpu)
    elif what == "prompt":
        times = ask([300 + i * 37 % 2000 for i in range(int(count[0]))], 1)
        say(times["prompt_ms"] / 1000, time.process_time() - cpu)
    else:
        times = ask([300], int(count[0]) + 1)
        say(times["predicted_ms"] / 1000 * int(count[0]) / times["predicted_n"], time.process_time() - cpu)
