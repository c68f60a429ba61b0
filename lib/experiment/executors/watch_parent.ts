/// <reference lib="webworker" />
/**
 * A thread that ends its process when the parent is gone, even while the main thread is busy and reads
 * nothing. The thread's name is the parent's process id: so a parent that went before this began is missed,
 * too. Without a name it is whoever is the parent now.
 */
const parent = Number(self.name) || Deno.ppid;
const look = () => {
  if (Deno.ppid !== parent) Deno.kill(Deno.pid, "SIGKILL");
};
look();
setInterval(look, 500);
