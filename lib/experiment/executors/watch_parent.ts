/// <reference lib="webworker" />
/**
 * A thread that ends its process when the parent is gone, even while the main thread is busy and reads
 * nothing.
 */
const parent = Deno.ppid;
setInterval(() => {
  if (Deno.ppid !== parent) Deno.kill(Deno.pid, "SIGKILL");
}, 500);
