import { availableParallelism } from 'node:os'
import { bundler } from '@hither/bundle'
import { manifestBlock, wholeShare, type Job } from '@hither/core'
import { sandbox } from '@hither/sandbox'
import { serveTasks } from '../measure/tasks.ts'

/** A runner as a peer has it, asked directly: functions of several publishers that have the same code. */

export interface Running {
  /** The handler of all of them. */
  entry: string
  publisher: string
  /** What the publisher may have of them; all where nothing is said. */
  cores?: number
  /** From this one on, so many functions, one after the other. */
  from: number
  count: number
}

export interface Ran {
  /** From the call to its answer, of each, in ms. */
  ms: number[]
  cold: number
}

const runner = sandbox({ cores: availableParallelism() })({})
const builds = bundler()
/** By the handler: all functions of one have the same code. */
const built = new Map<string, ReturnType<typeof builds.build>>()

function buildOf(entry: string): ReturnType<typeof builds.build> {
  const known = built.get(entry) ?? builds.build(entry)
  built.set(entry, known)
  return known
}

async function jobOf({ entry, publisher, cores }: Running, at: number): Promise<Job> {
  const { manifest: plain, blocks } = await buildOf(entry)
  const manifest = { ...plain, env: { VARIANT: `${publisher} ${at}` } }
  const { cid } = await manifestBlock(manifest)
  const text = new TextDecoder().decode(blocks.find((block) => block.cid.equals(manifest.bundle))?.bytes)
  return {
    cid,
    manifest,
    code: async () => text,
    cordon: publisher,
    profile: 'trusted',
    caller: 'caller',
    share: () => ({ ...wholeShare(publisher), ...(cores !== undefined && { cores }) }),
    request: { method: 'GET', url: 'http://fn.localhost/', headers: [] },
    body: new Uint8Array(0),
    remainingMs: manifest.limits.wallMs,
  }
}

serveTasks({
  start: () => runner.start(),

  async run(running: Running): Promise<Ran> {
    const ran: Ran = { ms: [], cold: 0 }
    for (let at = running.from; at < running.from + running.count; at++) {
      const job = await jobOf(running, at)
      const startedAt = performance.now()
      const { metrics } = await runner.run(job)
      ran.ms.push(performance.now() - startedAt)
      if ((await metrics).cold) ran.cold += 1
    }
    return ran
  },

  warm: () => runner.warm().length,
})
