import { expect, test } from 'vitest'
import type { Spawn } from '@hither/sandbox'
import { Launcher } from '../../src/host/launch/launcher.ts'
import { Spare } from '../../src/host/spare.ts'
import { bareMachine, failure } from './support.ts'

test('once it was stopped it starts no process, until it is opened again', async () => {
  let starts = 0
  const spawn: Spawn = () => {
    starts += 1
    throw new Error('spawn ENOMEM')
  }
  const timers = { after: () => () => undefined }
  const launcher = new Launcher({ machine: bareMachine(), timers, memoryMb: () => 1024, weakJail: false })
  const spare = new Spare({ spawn, timers, launch: launcher.launch('trusted') })
  await spare.stop()
  const taken = spare.take()
  const told = new Promise((onExit) => taken.hold({ onMessage: () => undefined, onExit }))
  expect(await told).toContain('the runner was stopped')
  await taken.exited
  expect((await failure(spare.prepare())).why).toContain('the runner was stopped')
  expect(starts).toBe(0)
  spare.reopen()
  expect((await failure(spare.prepare())).why).toContain('ENOMEM')
  expect(starts).toBe(1)
})
