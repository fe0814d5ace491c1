import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { sandbox } from '@hither/sandbox'
import { VERSIONS } from '../references/install.ts'
import type { Machine } from './report.ts'

/** Where this runs, what it has for a jail, and how busy it is. */
export async function machine(): Promise<Machine> {
  const loadAtStart = Number((loadavg()[0] ?? 0).toFixed(2))
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    jail: await tier(),
    references: VERSIONS,
    loadAtStart,
  }
}

/** Without bubblewrap, say, the same table means something else. */
async function tier(): Promise<string> {
  const runner = sandbox({ cores: availableParallelism() })({})
  await runner.start()
  try {
    return runner.jail().tier
  } finally {
    await runner.stop()
  }
}
