import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { isAlive } from '../support/processes.ts'

/** A command of the benchmarks leaves nothing running and nothing lying about, however it ends. */

const COMMANDED = fileURLToPath(new URL('support/commanded.ts', import.meta.url))
const BENCH = fileURLToPath(new URL('../../bench', import.meta.url))

interface Started {
  folder: string
  pid: number
}

interface Ended {
  code: number | null
  said: string
  /** What it told of itself, where it got so far. */
  started?: Started
}

/** Runs one, with these signals as soon as it has started all. */
async function ran(file: string, args: string[], signals: NodeJS.Signals[] = []): Promise<Ended> {
  const child = spawn(process.execPath, ['--conditions=hither-source', file, ...args], {
    env: { PATH: process.env['PATH'] ?? '', COMMANDED: join(tmpdir(), 'hither-test-') },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = text(child.stderr)
  let told = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    told += piece
    if (told.startsWith('{')) for (const signal of signals) child.kill(signal)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said: await said, ...(told.startsWith('{') && { started: JSON.parse(told) as Started }) }
}

test.each([
  ['well', [], 0, ''],
  ['badly', [], 1, ''],
  ['throw', [], 1, 'Error: it broke\n'],
  ['reject', [], 1, 'Error: it broke alone\n'],
  ['wait', ['SIGINT'], 130, 'interrupted by SIGINT; all that was started has ended\n'],
  // As npm passes on what the terminal has sent already.
  ['wait', ['SIGINT', 'SIGINT'], 130, 'interrupted by SIGINT; all that was started has ended\n'],
  ['wait', ['SIGHUP'], 129, 'interrupted by SIGHUP; all that was started has ended\n'],
  ['wait', ['SIGTERM'], 143, 'interrupted by SIGTERM; all that was started has ended\n'],
] as const)('"%s" with %j ends with %i, and all that it started', async (how, signals, code, says) => {
  const { started, ...ended } = await ran(COMMANDED, [how], [...signals])
  expect(ended).toEqual({ code, said: expect.stringContaining(says) })
  expect(started).toBeDefined()
  expect(isAlive(started?.pid ?? 0)).toBe(false)
  expect(existsSync(started?.folder ?? '')).toBe(false)
})

test('what is wrong with the options is said with how it is used, and nothing is started', async () => {
  expect(await ran(COMMANDED, ['--nothing'])).toEqual({ code: 2, said: 'there is no --nothing\n\nhow it is used\n' })
})

test.each(['bench.ts', 'soak/soak.ts', 'profile/profile.ts'])('%s says how it is used', async (file) => {
  expect(await ran(join(BENCH, file), ['--nothing'])).toEqual({
    code: 2,
    said: expect.stringMatching(/^Unknown option '--nothing'.*\n\nnpm run \w+ -- \[/),
  })
})
