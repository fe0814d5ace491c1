import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Deployed, SecretsChanged, SecretSet, SecretsListed } from '@hither/peer'
import { expect, test } from 'vitest'
import { joining, testNetwork, type TestNetwork } from './support/network.ts'
import type { RunningPeer } from '../examples/demo/fn.ts'

const HANDLER = fileURLToPath(new URL('./handlers/secretive.ts', import.meta.url))
const TOKEN = 'correct-horse-battery-staple'
const CHANGED = 'another-horse-another-staple'

interface Answer {
  status: number
  peer: string
  body: string
}

async function runner(net: TestNetwork, name: string, dev: string, args: string[] = []): Promise<RunningPeer> {
  return net.up(name, ['--volunteer', '--trust', dev, ...args])
}

/** Files in a home in which a text stands. */
async function filesWith(home: string, text: string): Promise<string[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const found = await Promise.all(files.map(async (path) => ((await readFile(path)).includes(text) ? path : '')))
  return found.filter((path) => path !== '')
}

async function env(net: TestNetwork, who: string, args: string[]): Promise<Record<string, string>> {
  const { body } = await net.json<Answer>(who, ['invoke', 'secretive', ...args])
  return JSON.parse(body) as Record<string, string>
}

test('a secret reaches the handler on a runner that was chosen, and stands nowhere else; errors and logs do not show it', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const a = await runner(net, 'a', dev)
  const b = await runner(net, 'b', dev)
  const both = joining(a, b)
  const deployed = await net.json<Deployed>('dev', ['deploy', HANDLER, ...both])

  const set = await net.json<SecretSet>(
    'dev',
    ['secret', 'set', 'secretive', 'TOKEN', '--runner', a.status.peer, ...both],
    { stdin: `${TOKEN}\n` },
  )
  expect(set).toMatchObject({
    name: `${dev}/secretive`,
    sequence: 1,
    keys: ['TOKEN'],
    runners: [a.status.peer],
    keptBy: [a.status.peer],
    declared: false,
    redacted: true,
  })
  expect(await env(net, 'dev', ['--avoid', b.status.peer, ...both])).toEqual({ TOKEN })
  // Not told of it, the other runner has nothing to give.
  expect(await env(net, 'dev', ['--avoid', a.status.peer, ...both])).toEqual({})

  const failed = await net.error('dev', ['invoke', 'secretive', '--path', '/fail', '--avoid', b.status.peer, ...both])
  expect(failed).toMatchObject({ code: 'handler-failed' })
  expect(failed.message).toContain('cannot log in with [secret]')
  expect(JSON.stringify(failed)).not.toContain(TOKEN)

  const again = await net.json<Deployed>('dev', ['deploy', HANDLER, ...both])
  expect(again.cid).toBe(deployed.cid)
  const listed = await net.json<SecretsListed>('dev', ['secret', 'list', 'secretive', ...both])
  expect(listed).toMatchObject({ sequence: 1, keys: ['TOKEN'], runners: [{ peer: a.status.peer }], gone: [] })
  const shown = [
    listed,
    await net.json('dev', ['list']),
    await net.json('a', ['status']),
    await net.json('a', ['list']),
  ]
  expect(JSON.stringify(shown)).not.toContain(TOKEN)
  for (const home of ['dev', 'a', 'b']) expect(await filesWith(net.home(home), TOKEN)).toEqual([])
  for (const peer of [a, b]) expect(peer.stderr()).not.toContain(TOKEN)
  expect(await readdir(join(net.home('a'), 'data', 'secrets'))).toEqual([`${dev}.secretive.sealed`])
  await expect(readdir(join(net.home('b'), 'data', 'secrets'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('what a runner logs of its functions has no secrets in it', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const a = await net.up('a', ['--volunteer', '--trust', dev, '--verbose'])
  await net.json('dev', ['deploy', HANDLER, ...joining(a)])
  await net.json('dev', ['secret', 'set', 'secretive', 'TOKEN', '--runner', 'all', ...joining(a)], { stdin: TOKEN })
  expect(await env(net, 'dev', joining(a))).toEqual({ TOKEN })
  await expect.poll(() => a.stderr()).toContain('my token is [secret]')
  expect(a.stderr()).not.toContain(TOKEN)
})

test('without a runner that was chosen and runs the publisher’s functions, nothing is sealed', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const set = ['secret', 'set', 'secretive', 'TOKEN']
  const refused = (args: string[]) => net.error('dev', [...set, ...args], { stdin: TOKEN })
  const alone = await refused(['--no-mdns'])
  expect(alone).toMatchObject({ code: 'no-runner', fix: expect.stringContaining('fn up --volunteer') })

  const [stranger, trusting] = await Promise.all([net.up('stranger', ['--volunteer']), runner(net, 'trusting', dev)])
  await net.up('dev', joining(stranger, trusting))
  await expect.poll(() => net.json<unknown[]>('dev', ['peers']), { timeout: 20_000 }).toHaveLength(2)
  // Who would run it is told, but is not taken without being named.
  const unnamed = await refused([])
  expect(unnamed).toMatchObject({ code: 'no-runner', data: { candidates: [trusting.status.peer] } })
  expect(unnamed.fix).toContain(`--runner ${trusting.status.peer}`)
  const strange = await refused(['--runner', stranger.status.peer])
  expect(strange).toMatchObject({ code: 'no-runner', fix: expect.stringContaining(`fn trust add ${dev}`) })
  expect(await refused(['--runner', 'nobody'])).toMatchObject({ code: 'usage' })
  await trusting.end()
  expect(await refused(['--runner', 'all'])).toMatchObject({ code: 'no-runner' })
  expect(await net.error('dev', [...set, TOKEN])).toMatchObject({ code: 'usage', exitCode: 2 })
  expect(await net.json('dev', ['secret', 'list', 'secretive'])).toMatchObject({ sequence: 0, keys: [], runners: [] })
})

interface Pair {
  net: TestNetwork
  a: RunningPeer
  b: RunningPeer
  set: (key: string, value: string, more?: string[]) => Promise<SecretSet>
  /** What the handler is given on a runner. */
  on: (peer: RunningPeer) => Promise<Record<string, string>>
}

/** Two runners that have a secret, and a publisher whose peer runs too. */
async function pair(): Promise<Pair> {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const [a, b] = await Promise.all([runner(net, 'a', dev), runner(net, 'b', dev)])
  await net.up('dev', joining(a, b))
  await expect.poll(() => net.json<unknown[]>('dev', ['peers']), { timeout: 20_000 }).toHaveLength(2)
  await net.json('dev', ['deploy', HANDLER])
  const set: Pair['set'] = (key, value, more = []) =>
    net.json('dev', ['secret', 'set', 'secretive', key, ...more], { stdin: value })
  await set('TOKEN', TOKEN, ['--runner', 'all'])
  return { net, a, b, set, on: (peer) => env(net, 'dev', ['--avoid', (peer === a ? b : a).status.peer]) }
}

test('a new value reaches warm functions, and one that is removed is gone', async () => {
  const { net, a, b, set, on } = await pair()
  for (const peer of [a, b]) expect(await on(peer)).toEqual({ TOKEN })
  expect(await set('TOKEN', CHANGED)).toMatchObject({ sequence: 2, runners: expect.arrayContaining([b.status.peer]) })
  for (const peer of [a, b]) expect(await on(peer)).toEqual({ TOKEN: CHANGED })
  await set('OTHER', TOKEN)
  const removed = await net.json<SecretsChanged>('dev', ['secret', 'remove', 'secretive', 'TOKEN'])
  expect(removed).toMatchObject({ keys: ['OTHER'], keptBy: expect.arrayContaining([a.status.peer, b.status.peer]) })
  for (const peer of [a, b]) expect(await on(peer)).toEqual({ OTHER: TOKEN })
  expect(await net.error('dev', ['secret', 'remove', 'secretive', 'TOKEN'])).toMatchObject({ code: 'usage' })
})

test('a runner that leaves the list has none any more, and nobody is told that it forgot them', async () => {
  const { net, a, b, on } = await pair()
  const runners = ['secret', 'runners', 'secretive']
  const left = await net.json<SecretsChanged>('dev', [...runners, 'remove', b.status.peer])
  expect(left).toMatchObject({ sequence: 2, runners: [a.status.peer], keptBy: [a.status.peer], notKeptBy: [] })
  expect(await on(a)).toEqual({ TOKEN })
  expect(await on(b)).toEqual({})
  const again = await net.json<SecretsChanged>('dev', [...runners, 'add', b.status.peer])
  expect(again.keptBy.toSorted()).toEqual([a.status.peer, b.status.peer].toSorted())
  expect(await on(b)).toEqual({ TOKEN })
  const words = await net.fn('dev', [...runners, 'remove', b.status.peer])
  expect(words.stderr).toContain('change the values themselves')
  expect(await net.error('dev', [...runners, 'remove', b.status.peer])).toMatchObject({ code: 'usage' })
})

test('a function that says what it needs is run only where that is', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const [a, b] = [await runner(net, 'a', dev), await runner(net, 'b', dev)]
  const both = joining(a, b)
  const folder = join(net.folder, 'needing')
  const { code } = await net.fn('dev', ['init', folder])
  expect(code).toBe(0)
  await writeFile(join(folder, 'fn.json'), '{ "name": "secretive", "entry": "handler.js", "secrets": ["TOKEN"] }')
  await writeFile(join(folder, 'handler.js'), await readFile(HANDLER, 'utf8').then(withoutTypes))
  await net.json('dev', ['deploy', folder, ...both])

  const none = await net.error('dev', ['invoke', 'secretive', ...both])
  expect(none).toMatchObject({
    code: 'no-runner',
    fix: expect.stringContaining('fn secret set secretive TOKEN --runner 12D3'),
  })
  expect(none.data?.['tried']).toMatchObject([{ code: 'secret-missing' }, { code: 'secret-missing' }])

  const set = ['secret', 'set', 'secretive', 'TOKEN', '--runner', b.status.peer, ...both]
  expect(await net.json<SecretSet>('dev', set, { stdin: TOKEN })).toMatchObject({ declared: true })
  const answer = await net.json<Answer>('dev', ['invoke', 'secretive', '--prefer', a.status.peer, ...both])
  expect(answer).toMatchObject({ status: 200, peer: b.status.peer, body: JSON.stringify({ TOKEN }) })
})

function withoutTypes(text: string): string {
  return text.replace(/: Record<string, string>|: Request|: Response/g, '')
}

test('a runner that was away is told by another one, and one that starts again alone still has what it was given', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const [a, b] = [await runner(net, 'a', dev), await runner(net, 'b', dev)]
  await net.json('dev', ['deploy', HANDLER, ...joining(a, b)])
  const set = (value: string, more: string[]) =>
    net.json<SecretSet>('dev', ['secret', 'set', 'secretive', 'TOKEN', ...more], { stdin: value })
  await set(TOKEN, ['--runner', 'all', ...joining(a, b)])
  await b.end()
  const meanwhile = await set(CHANGED, joining(a))
  expect(meanwhile.keptBy).toEqual([a.status.peer])
  expect(meanwhile.runners).toHaveLength(2)

  // The publisher is not there: it is the other runner who tells.
  const back = await runner(net, 'b', dev, joining(a))
  const file = join(net.home('b'), 'data', 'secrets', `${dev}.secretive.sealed`)
  const [told, teller] = [file, file.replace(net.home('b'), net.home('a'))]
  await expect.poll(async () => (await readFile(told)).equals(await readFile(teller)), { timeout: 20_000 }).toBe(true)
  await Promise.all([a.end(), back.end()])

  const alone = await runner(net, 'b', dev)
  expect(await env(net, 'dev', joining(alone))).toEqual({ TOKEN: CHANGED })
})

test('the runner on one’s own machine needs no naming', async () => {
  const net = await testNetwork()
  const own = await net.up('dev', ['--volunteer'])
  await net.json('dev', ['deploy', HANDLER])
  const set = await net.json<SecretSet>('dev', ['secret', 'set', 'secretive', 'TOKEN'], { stdin: TOKEN })
  expect(set).toMatchObject({ runners: [own.status.peer], keptBy: [own.status.peer] })
  expect(await env(net, 'dev', [])).toEqual({ TOKEN })
  expect(await filesWith(net.home('dev'), TOKEN)).toEqual([])
})
