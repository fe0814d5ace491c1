import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { manifestBlock, readManifest } from '@hither/core'
import { expect, test } from 'vitest'
import type { Spawn } from '@hither/sandbox'
import { innermost } from '../../packages/sandbox/src/host/lineage.ts'
import { answer, hostileJob, inBothProfiles, jail } from './support/jail.ts'
import { figure } from './support/report.ts'

/** What V8 would believe blindly, or would give away everything by. */
const NEVER = { snapshot: new Uint8Array(4096).fill(7), cachedData: new Uint8Array(4096).fill(7), inspector: true }

const HELLO = `export default () => new Response('hello')`

test('A09: of a manifest that brings a snapshot, cached code or an inspector, none is read', async () => {
  const { manifest } = await hostileJob(HELLO)
  const { bytes } = await manifestBlock({ ...manifest, ...NEVER })
  expect(readManifest(bytes)).toEqual(manifest)
})

inBothProfiles((profile) => {
  test('A09: a job that brings them all the same runs as if it had not', async () => {
    const runner = await jail()
    const job = await hostileJob(HELLO, { profile })
    // V8 ends its process over such bytes, or at least says that it refused them.
    const answered = await answer(runner, { ...job, ...NEVER, manifest: { ...job.manifest, ...NEVER } })
    expect(answered).toBe('hello')
    figure('A09', `snapshot, cached data and inspector in a job, ${profile}`, 'passed over')
  })

  test.skipIf(process.platform !== 'linux')('A09: no signal opens the inspector', async () => {
    const pids: number[] = []
    let said = ''
    const watched: Spawn = (file, args, options) => {
      const child = spawn(file, args, options)
      pids.push(child.pid ?? 0)
      child.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()))
      return child
    }
    const runner = await jail({}, { spawn: watched })
    const job = await hostileJob(HELLO, { profile })
    expect(await answer(runner, job)).toBe('hello')
    const inside = pids.map(innermost)
    for (const pid of inside) process.kill(pid, 'SIGUSR1')
    // The signal has ended it, or it serves on.
    expect(await answer(runner, job).catch(() => 'ended')).toMatch(/^(hello|ended)$/)
    expect(inside.flatMap(inspectors)).toEqual([])
    expect(said).not.toContain('Debugger')
    figure('A09', `SIGUSR1 to a sandbox process, ${profile}`, 'no inspector')
  })
})

/** Sockets that listen on the inspector's port, in the network that a process sees; none where it is gone. */
function inspectors(pid: number): string[] {
  try {
    const sockets = readFileSync(`/proc/${pid}/net/tcp`, 'latin1').split('\n')
    return sockets.filter((line) => /:240D \S+ 0A /.test(line))
  } catch {
    return []
  }
}
