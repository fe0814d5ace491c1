import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'hither'
import type { CompleteCall } from '@hither/peer'
import { expect, onTestFinished, test } from 'vitest'
import type * as Worldly from './handlers/worldly.ts'
import { joining, testNetwork, type TestNetwork } from './support/network.ts'

const HANDLER = new URL('handlers/worldly.ts', import.meta.url).pathname

type Answer = Omit<CompleteCall, 'body'> & { body: string }

interface World extends TestNetwork {
  call: (args: string[]) => Promise<Answer>
  fail: (args: string[]) => ReturnType<TestNetwork['error']>
}

/** A publisher, a runner that trusts it, and a caller; the handler with this configuration. */
async function world(config: object = {}): Promise<World> {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const runner = await net.up('runner', ['--volunteer', '--trust', dev])
  const caller = await net.up('caller', joining(runner))
  await net.json('caller', ['alias', 'add', 'dev', dev])
  const folder = join(net.folder, 'handler')
  await mkdir(folder)
  await writeFile(join(folder, 'fn.json'), JSON.stringify({ name: 'x', entry: 'worldly.ts', ...config }))
  await copyFile(HANDLER, join(folder, 'worldly.ts'))
  await net.json('dev', ['deploy', folder, ...joining(runner, caller)])
  const call: World['call'] = (args) => net.json('caller', ['invoke', 'dev/x', ...args])
  return { ...net, call, fail: (args) => net.error('caller', ['invoke', 'dev/x', ...args]) }
}

/** What must never be seen of the machines that a call runs on. */
const OF_THE_MACHINE = /\/tmp\/|\/home\/|\/root\/|\/work|node:|hither:runtime|packages\/|node_modules|\.sock/

test('an error that came over the network leads to its author’s source, and tells nothing of the machine', async () => {
  const { fail } = await world()
  for (const args of [
    ['-p', '/throws?why=far'],
    ['--scheduled', 'throws'],
  ]) {
    const { code, message, why, data } = await fail(args)
    expect(code).toBe('handler-failed')
    expect(data).toMatchObject({ name: 'RangeError' })
    // The line that throws, and the one that called it.
    expect(data?.['stack']).toMatch(/^at worldly\.ts:26:9\nat worldly\.ts:\d+:\d+$/)
    expect(why).toContain('worldly.ts:26:9')
    expect(JSON.stringify([message, why, data])).not.toMatch(OF_THE_MACHINE)
  }
})

test('fetch goes where the manifest says and the runner’s owner permits, with bodies both ways', async () => {
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    request.pipe(response)
  })
  await new Promise<void>((go) => void server.listen(0, '127.0.0.1', go))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/a`
  const { call, ...net } = await world({ egress: [`127.0.0.1:${port}`] })
  const ask = (): Promise<Answer> => call(['-p', `/?ask=${encodeURIComponent(url)}`, '-d', 'ping'])
  expect((await ask()).body).toMatch(/127\.0\.0\.1 has an address that is this machine itself/)
  expect(asked).toBe(0)
  await net.json('runner', ['volunteer', 'set', `egress=public,127.0.0.1:${port}`])
  expect(await ask()).toMatchObject({ body: 'ping', headers: expect.arrayContaining([['x-asked', url]]) as unknown })
  const elsewhere = await call(['-p', `/?ask=${encodeURIComponent('http://example.org/')}`, '-d', 'x'])
  expect(elsewhere.body).toMatch(/example\.org is not in the manifest's `egress`/)
  expect(asked).toBe(1)
})

test('the clock’s calls are made by hand as well', async () => {
  const { call } = await world({ crons: ['*/5 * * * *'] })
  expect(await call(['--scheduled', '*/5 * * * *'])).toMatchObject({ status: 200, body: '' })
  expect(await call(['--scheduled'])).toMatchObject({ status: 200 })
  expect(JSON.parse((await call([])).body)).toEqual({ times: ['*/5 * * * *', ''] })
})

test('values of all kinds come back as they went, and errors as what they are', async () => {
  const net = await world()
  await using hither = await connect({ home: net.home('caller') })
  const remote = hither.functions<typeof Worldly>('dev/x')
  const cycle: { self?: unknown; list: unknown[] } = { list: [] }
  cycle.self = cycle
  cycle.list.push(cycle)
  // oxlint-disable-next-line no-sparse-arrays -- a hole is what it is about
  const sparse = [1, , undefined, 3]
  const values: unknown[] = [
    undefined,
    null,
    -0,
    Number.NaN,
    Infinity,
    10n ** 40n,
    'text\u0000\ud83d\ude00',
    new Date(1e12),
    /a(?<b>c)/giu,
    new Map<unknown, unknown>([[{ a: 1 }, new Set([1, 'a'])]]),
    new Set([new Date(0)]),
    new Uint8Array([1, 2, 255]),
    new Float64Array([0.5, Number.NaN]),
    new BigInt64Array([-1n]),
    new Uint8Array([9, 8, 7]).buffer,
    new DataView(new Uint8Array([1, 2, 3]).buffer, 1),
    [{ nested: { deeper: [1, { a: undefined }] } }],
    new URL('https://example.org/a?b'),
  ]
  for (const value of values) expect(await remote.back(value)).toEqual(value)
  const holes = (await remote.back(sparse)) as unknown[]
  expect([holes.length, 1 in holes, 2 in holes]).toEqual([4, false, true])
  const round = (await remote.back(cycle)) as typeof cycle
  expect(round.self).toBe(round)
  expect(round.list[0]).toBe(round)
  const sent = new RangeError('far', { cause: new Error('near') })
  const error = (await remote.back(sent)) as RangeError
  expect(error).toBeInstanceOf(RangeError)
  expect(error).toMatchObject({ message: 'far', cause: { message: 'near' } })
  await expect(remote.back(() => 1)).rejects.toThrow(/function/)

  const thrown = await remote.throws().then(
    () => undefined,
    (reason: unknown) => reason as Error & { code: string; details: Map<string, Date> },
  )
  expect(thrown).toBeInstanceOf(TypeError)
  expect(thrown).toMatchObject({ name: 'OddError', message: 'odd', code: 'ODD' })
  expect(thrown?.details).toEqual(new Map([['when', new Date(0)]]))
  expect(thrown?.cause).toBeInstanceOf(AggregateError)
  expect(thrown?.cause).toMatchObject({ errors: [expect.any(RangeError)] })
})
