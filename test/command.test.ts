import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { testNetwork, type TestNetwork } from './support/network.ts'

const FN = fileURLToPath(new URL('../packages/cli/bin/fn.js', import.meta.url))

/** One machine that runs its own functions: `counts` says how long a body was, `endless` never stops, `named` has only named exports. */
let net: TestNetwork

const SOURCES = {
  counts: `export default async ({ body }: Request) => {
    let bytes = 0
    for await (const piece of body ?? []) bytes += piece.length
    return new Response(String(bytes))
  }`,
  endless: `export default () =>
    new Response(new ReadableStream({ pull: (to) => to.enqueue(new TextEncoder().encode('line\\n'.repeat(2000))) }))`,
  named: 'export const add = (a: number, b: number): number => a + b',
}

const ends: (() => void | Promise<void>)[] = []
afterAll(async () => {
  for (const end of ends) await end()
})
beforeAll(async () => {
  net = await testNetwork((end) => ends.push(end))
  await net.up('me', ['--volunteer'])
  await run('mkfifo', [`${net.folder}/pipe`])
  await writeFile(`${net.folder}/fn.json`, '{ "limits": { "bodyBytes": 1000000 } }')
  for (const [name, source] of Object.entries(SOURCES)) {
    await writeFile(`${net.folder}/${name}.ts`, source)
    await net.json('me', ['deploy', `${net.folder}/${name}.ts`])
  }
})

const sh = (line: string): ReturnType<typeof run> =>
  run('bash', ['-c', line], {
    env: { ...process.env, FN: `${process.execPath} ${FN}`, HITHER_HOME: net.home('me'), PIPE: `${net.folder}/pipe` },
  })
const run = promisify(execFile)

test('a body without an end is read no further than the function takes, and no longer than the call may take', async () => {
  const bounded = `ulimit -v 8000000; $FN invoke counts --data @/dev/zero --deadline 60s`
  await expect(sh(bounded)).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^TooLarge/m) })
  const silent = 'exec 3<> $PIPE; $FN invoke counts --data @$PIPE --deadline 1s'
  await expect(sh(silent)).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^Timeout/m) })
  expect((await sh('echo hello > $PIPE & $FN invoke counts --data @$PIPE')).stdout).toBe('6')
  await writeFile(`${net.folder}/empty`, '')
  expect((await net.fn('me', ['invoke', 'counts', '-d', `@${net.folder}/empty`])).stdout).toBe('0')
})

test('Ctrl-C ends the wait for a pipe that nobody writes to', async () => {
  // Whoever wants to write is let in when somebody wants to read.
  const writer = spawn('bash', ['-c', `exec 3> ${net.folder}/pipe; echo open; read`])
  onTestFinished(() => void writer.kill())
  const interruptWhen = once(writer.stdout, 'data')
  const { code } = await net.fn('me', ['invoke', 'counts', '-d', `@${net.folder}/pipe`], { interruptWhen })
  expect(code).toBe(130)
})

test('a result that could not be written is a failure', async () => {
  const full = /^StoreFull: the output could not be written\n {2}why: .*ENOSPC/
  const { stdout, stderr } = await sh('$FN id --json > /dev/full; echo $?')
  expect(stdout).toBe('1\n')
  expect(stderr).toMatch(full)
  const streamed = await sh('$FN invoke endless > /dev/full; echo $?')
  expect(streamed.stdout).toBe('1\n')
  expect(String(streamed.stderr).match(/could not be written/g)).toHaveLength(1)
})

test('where nobody reads on, the command ends as others do', async () => {
  const { stdout, stderr } = await sh('$FN invoke endless | head -n 2; echo ${PIPESTATUS[0]}')
  expect(stdout).toBe('line\nline\n141\n')
  expect(stderr).toBe('')
})

test('a handler that has nothing to answer with is a failure', async () => {
  expect(await net.error('me', ['invoke', 'named'])).toMatchObject({
    exitCode: 1,
    code: 'handler-invalid',
    message: 'this function answers no requests; it has functions to be called by name: add',
  })
  const clock = await net.fn('me', ['invoke', 'counts', '--scheduled'])
  expect(clock).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('has no `scheduled`') })
})

test('no more cores are lent than there are', async () => {
  const more = String(availableParallelism() + 1)
  expect(await net.error('other', ['up', '--cores', more])).toMatchObject({ exitCode: 2, code: 'usage' })
})
