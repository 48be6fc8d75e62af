import { readFile } from 'node:fs/promises';

/** Of this container's control group: HAProxy as a child is in the same. Source: Linux, cgroup-v2, memory.events. */
const EVENTS = '/sys/fs/cgroup/memory.events';

/** How often the kernel has killed a process of this container for want of memory; 0 where it does not say. */
export async function countOutOfMemory(path = EVENTS): Promise<number> {
  const events = await readFile(path, 'utf8').catch(() => '');
  return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
}
