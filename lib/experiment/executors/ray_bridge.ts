/**
 * The program between a leader and Ray's workers, which is sent along with the sources: Ray speaks Python. On
 * the head it takes jobs, one per line, from Ray's store of packages, where the leader puts them over HTTP,
 * hands each to Ray as a task, and prints what comes of them to the log, which the leader follows. On each
 * Ray worker it keeps one Deno, which does jobs one after the other.
 */
export const RAY_BRIDGE = String
  .raw`import ctypes, json, os, shutil, signal, socket, subprocess, sys, tempfile, time
os.environ["RAY_DEDUP_LOGS"] = "0"  # two workers' notes are never one
import ray
from ray.experimental.internal_kv import _internal_kv_del, _internal_kv_get

MARK = "\x1e"
with open("espalier.json") as file:
    asked = json.load(file)
worker, errors, told = None, None, 0

def start():
    global worker, errors
    deno = asked["deno"] or os.path.join(os.path.dirname(sys.executable), "deno")
    libc, errors = ctypes.CDLL(None), tempfile.TemporaryFile("a+")
    worker = subprocess.Popen(
        [deno, *asked["arguments"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
        env={**asked["environment"], **os.environ, "NO_COLOR": "1"},
        preexec_fn=lambda: libc.prctl(1, signal.SIGKILL))  # ends with this process, however that ends

def work(job, name, attempt):
    global told
    def note(text):
        print(MARK + json.dumps({"name": name, "note": text, "worker": f"{socket.gethostname()} {os.getpid()}"}), flush=True)
    def died(how):
        return json.dumps({"name": name, "attempt": attempt, "died": how})
    try:
        if worker is None or worker.poll() is not None:
            start()
    except OSError as error:
        return died(f"cannot start Deno on {socket.gethostname()}: {error}")
    if time.monotonic() - told > 1:
        told = time.monotonic()
        note("")
    errors.truncate(0)
    try:
        worker.stdin.write(job + "\n")
        worker.stdin.flush()
    except BrokenPipeError:
        pass
    for line in worker.stdout:
        said = line.rstrip("\n").partition(MARK)[2]
        if said.startswith('{"answer":'):
            return said
        if said:
            note(json.loads(said)["note"])
    errors.seek(0)
    return died(f"exit code {worker.wait()}: {errors.read()[-4000:]}")

@ray.remote(max_retries=0)
def task(*job):
    import espalier_bridge  # what Ray sends is a copy of this function with globals of its own
    return espalier_bridge.work(*job)

def lead():
    out = os.dup(1)  # answers have a descriptor of their own: Ray prints to stdout
    os.dup2(2, 1)
    ray.init()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    run, tasks, batch, heard = task.options(**asked["resources"]).remote, {}, 0, time.monotonic()
    while time.monotonic() - heard < asked["silence"]:
        key = asked["batches"] + f"{batch}.zip"
        jobs = _internal_kv_get(key)
        if jobs is not None:
            _internal_kv_del(key)
            batch, heard = batch + 1, time.monotonic()
            for job in filter(None, jobs.decode().split("\n")):
                read = json.loads(job)
                tried = read["name"], read["attempt"]
                tasks[run(job, *tried)] = tried
        if not tasks:
            time.sleep(0.05)
            continue
        for done in ray.wait(list(tasks), num_returns=len(tasks), timeout=0.05)[0]:
            name, attempt = tasks.pop(done)
            try:
                said = ray.get(done)
            except ray.exceptions.RayError as error:
                said = json.dumps({"name": name, "attempt": attempt, "died": f"{type(error).__name__}: {error}"})
            os.write(out, f"{MARK}{said}\n".encode())
`;
