import { execFile } from 'node:child_process'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sandbox } from '@hither/sandbox'
import { VERSIONS } from '../references/install.ts'
import { othersShare } from '../measure/others.ts'
import type { Machine } from './report.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Where this runs, what it has for a jail, what is measured, and how busy it is: waits so long, at most, until others are at rest. */
export async function machine(waitMs: number): Promise<Machine> {
  const othersAtStart = await othersShare(waitMs)
  const loadAtStart = Number((loadavg()[0] ?? 0).toFixed(2))
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    jail: await tier(),
    references: VERSIONS,
    loadAtStart,
    ...(othersAtStart !== undefined && { othersAtStart: Number(othersAtStart.toFixed(3)) }),
    ...(await sources()),
  }
}

/** Nothing where there is no git, or no repository. */
async function sources(): Promise<Pick<Machine, 'commit' | 'changed'>> {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { cwd: ROOT })).stdout.trim()
  try {
    return { commit: await git('rev-parse', 'HEAD'), changed: (await git('status', '--porcelain')) !== '' }
  } catch {
    return {}
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
