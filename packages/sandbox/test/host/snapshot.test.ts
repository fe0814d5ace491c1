import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Spawn } from '@hither/sandbox'
import { findCode } from '../../src/host/launch/code.ts'
import { SNAPSHOT_FD } from '../../src/host/launch/command.ts'
import { snapshotCommand } from '../../src/host/launch/node.ts'
import { commandOf } from '../../src/host/launch/recipe.ts'
import { takeSnapshot } from '../../src/host/launch/snapshot.ts'
import { bench, handler, makeJob, text } from './support.ts'

const HELLO = handler(`return new Response('hello')`)

test('what is taken is what its hash says', async () => {
  const taken = await takeSnapshot(snapshotCommand(findCode(), 'trusted'))
  expect(taken).toBeDefined()
  const { fd, hash } = taken as NonNullable<typeof taken>
  expect(createHash('sha256').update(readFileSync(fd)).digest('hex')).toBe(hash)
  taken?.close()
})

test.each([
  ['aborts, as V8 may', [process.execPath, '-e', 'process.abort()']],
  ['fails', [process.execPath, '-e', 'process.exitCode = 1']],
  ['is not there', ['/no/such/program']],
] as const)('there is none where the program that makes it %s', async (_, command) => {
  expect(await takeSnapshot([...command] as [string])).toBeUndefined()
})

test('nor where there is no folder for it, and processes start without', async () => {
  vi.stubEnv('TMPDIR', '/no/such/folder')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(await takeSnapshot(snapshotCommand(findCode(), 'trusted'))).toBeUndefined()
  const { runner } = bench()
  await runner.start()
  expect(await text(runner.run(await makeJob(HELLO)))).toBe('hello')
})

/** A runner whose processes are handed something else than was made. */
function given(change: (args: string[], stdio: unknown[]) => void): Spawn {
  return (file, args, options) => {
    const stdio = [...(options.stdio as unknown[])]
    change(args, stdio)
    return spawn(file, args, { ...options, stdio: stdio as [] })
  }
}

test('processes get it to read', async () => {
  const seen: unknown[] = []
  const { runner } = bench({}, { spawn: given((_, stdio) => seen.push(stdio[SNAPSHOT_FD])) })
  await runner.start()
  expect(seen).toEqual([expect.any(Number)])
  expect(await text(runner.run(await makeJob(HELLO)))).toBe('hello')
})

test.each([
  ['with', { by: 'bubblewrap', bwrap: '/usr/bin/bwrap', filter: Uint8Array.of(1) }],
  ['without', undefined],
] as const)('it is at its descriptor %s a filter of system calls before it', async (_, wall) => {
  const snapshot = await takeSnapshot([process.execPath, '-p', '"what V8 made"'])
  const { options } = commandOf({ code: findCode(), ...(wall && { wall }) }, 'trusted', { snapshot })
  const reading = spawn(process.execPath, ['-p', `fs.readFileSync(${SNAPSHOT_FD}, 'utf8')`], options)
  expect(await readText(reading.stdout as Readable)).toContain('what V8 made')
  snapshot?.close()
})

test.each([
  ['of another hash', (args: string[]) => void (args[args.length - 2] = '0'.repeat(64))],
  ['that is empty', (_: string[], stdio: unknown[]) => void (stdio[SNAPSHOT_FD] = openSync(devNull, 'r'))],
  ['that does not arrive', (_: string[], stdio: unknown[]) => void stdio.pop()],
])('one %s is not believed, and the runtime evaluated', async (_, change) => {
  const opened: number[] = []
  const on = bench(
    {},
    {
      spawn: given((args, stdio) => {
        const before = stdio[SNAPSHOT_FD]
        change(args, stdio)
        const after = stdio[SNAPSHOT_FD]
        if (typeof after === 'number' && after !== before) opened.push(after)
      }),
    },
  )
  await on.runner.start()
  for (const fd of opened) closeSync(fd)
  expect(await text(on.runner.run(await makeJob(HELLO)))).toBe('hello')
})
