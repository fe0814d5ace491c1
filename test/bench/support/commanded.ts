import { mkdtemp, rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { command } from '../../../bench/command.ts'
import { program } from '../../../bench/measure/program.ts'

/** A command that starts a process and makes a folder, says which, and then does as its only argument says. */

const NEVER_MS = 1_000_000

await command({
  usage: 'how it is used',
  read([how = '']) {
    if (how.startsWith('-')) throw new Error(`there is no ${how}`)
    return how
  },
  async run(how, atEnd) {
    const folder = await mkdtemp(process.env['COMMANDED'] ?? '')
    atEnd(() => rm(folder, { recursive: true }))
    const { pid } = await program('http-load', atEnd)
    console.log(JSON.stringify({ folder, pid }))
    if (how === 'wait') await pause(NEVER_MS)
    if (how === 'throw') throw new Error('it broke')
    // Nobody waits for it: it would else end the process with all that it started left.
    if (how === 'reject') void Promise.reject(new Error('it broke alone'))
    if (how === 'reject') await pause(NEVER_MS)
    return how === 'well'
  },
})
