/**
 * The owner's program: every 10 ms something is to be done for 1 ms, as when a film plays or somebody types. Says how late it came
 * to it, in ms, each time, and ends.
 */

const EVERY_MS = 10
const WORK_MS = 1

const late: number[] = []
const count = Number(process.argv[2])
let due = performance.now() + EVERY_MS

function wake(): void {
  const now = performance.now()
  late.push(Math.max(0, now - due))
  while (performance.now() - now < WORK_MS);
  if (late.length === count) return void process.stdout.write(JSON.stringify(late))
  due = Math.max(due + EVERY_MS, performance.now())
  setTimeout(wake, Math.max(0, due - performance.now()))
}

setTimeout(wake, EVERY_MS)
