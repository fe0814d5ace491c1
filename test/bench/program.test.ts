import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ends } from '../../bench/measure/at-end.ts'
import { peers } from '../../bench/measure/peers.ts'
import { program } from '../../bench/measure/program.ts'
import type { HttpAsking, HttpLoad } from '../../bench/http/load.ts'
import { serveBy } from '../../bench/references/server.ts'
import { up } from '../../examples/demo/fn.ts'
import { isAlive } from '../support/processes.ts'

/** A process that ends before its time fails those who wait for it, and nothing waits for it for ever. */

test('who asks a program that is killed hears of it, during the task and after it', async () => {
  const runner = await program('runner', onTestFinished)
  const asked = runner.ask('start')
  process.kill(runner.pid, 'SIGKILL')
  await expect(asked).rejects.toThrow('runner ended: SIGKILL')
  await expect(runner.ask('warm')).rejects.toThrow('runner ended: SIGKILL')
})

test('a load that cannot be answered fails and does not pass for none', async () => {
  const asker = await program('http-load', onTestFinished)
  const asking: HttpAsking = { port: 1, host: 'localhost', path: '/', bodyBytes: 0, answerBytes: 0, connections: 2 }
  const load: HttpLoad = { ...asking, forMs: 100 }
  await expect(asker.ask('load', load)).rejects.toThrow('ECONNREFUSED')
})

test('a peer that does not get ready is killed, when its time is over or when that is wanted', async () => {
  const home = await mkdtemp(join(tmpdir(), 'hither-test-'))
  onTestFinished(() => rm(home, { recursive: true }))
  // In place of the command: says which process it is, and else nothing.
  const silent = join(home, 'silent')
  await writeFile(silent, `#!/bin/sh\necho $$ > ${home}/pid\nexec sleep 1000000\n`)
  await chmod(silent, 0o755)
  const pid = async (): Promise<number> => Number(await readFile(join(home, 'pid'), 'utf8'))

  await expect(up([], { home, inside: [silent], timeoutMs: 5_000 })).rejects.toThrow('fn up did not get ready')
  expect(isAlive(await pid())).toBe(false)

  await rm(join(home, 'pid'))
  const over = new AbortController()
  const starting = up([], { home, inside: [silent], signal: over.signal })
  const refused = expect(starting).rejects.toThrow('fn up did not get ready')
  await expect.poll(() => existsSync(join(home, 'pid'))).toBe(true)
  over.abort()
  await refused
  expect(isAlive(await pid())).toBe(false)
})

test('a peer that is starting when all is ended ends with it, and none starts later', async () => {
  const { atEnd, end } = ends()
  const net = await peers(atEnd)
  const starting = expect(net.up('starting')).rejects.toThrow('fn up did not get ready')
  await end()
  await starting
  expect(existsSync(net.folder)).toBe(false)
  await expect(net.up('late')).rejects.toThrow('aborted')
})

test('a reference that does not serve is missing, with the reason', async () => {
  expect(await serveBy('node', join(tmpdir(), 'no such handler.js'), onTestFinished)).toEqual({
    missing: expect.stringMatching(/^node serves nothing: exit code 1 [^]*no such handler/),
  })
})
