import { report } from '../report.ts'

const soon = Promise.resolve()

async function runSoon(task: () => unknown): Promise<void> {
  // Awaiting, unlike `then`, cannot be patched by user code.
  await soon
  try {
    task()
  } catch (thrown) {
    report('a microtask threw', thrown)
  }
}

export function queueMicrotask(task: unknown): void {
  if (typeof task !== 'function') throw new TypeError("Failed to execute 'queueMicrotask': not a function")
  void runSoon(task as () => unknown)
}
