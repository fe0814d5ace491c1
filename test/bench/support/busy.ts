import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/** Has a name with brackets, has computed for a while, has a child that has ended and one that lives, and says so. */

process.title = 'a) 1 (b) c'
const SPIN = (ms: number): string => `const end = performance.now() + ${ms}; while (performance.now() < end);`
spawnSync(process.execPath, ['-e', SPIN(100)])
const child = spawn(process.execPath, ['-e', 'console.log(); process.stdin.resume()'], {
  stdio: ['pipe', 'pipe', 'ignore'],
})
await once(child.stdout, 'data')
while (process.cpuUsage().user < 300_000);
const { user, system } = process.cpuUsage()
process.send?.({ ownUs: user + system, rss: process.memoryUsage.rss(), child: child.pid })
process.on('disconnect', () => process.exit())
