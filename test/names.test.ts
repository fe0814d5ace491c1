import { copyFile, mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CID, signerFromSeed, signRecord } from '@hither/core'
import type { CompleteCall, Deployed, ListedName, NameLog, Removed, RolledBack, Status } from '@hither/peer'
import { expect, test } from 'vitest'
import { joining, testNetwork, type TestNetwork } from './support/network.ts'
import { peerThat } from './support/peer-that.ts'

type Answer = Omit<CompleteCall, 'body'> & { body: string }

/** A handler that answers with its own version. */
async function version(net: TestNetwork, text: string): Promise<string> {
  const path = join(net.folder, `${text.slice(0, 20)}.ts`)
  await writeFile(path, `export default () => new Response(${JSON.stringify(text)})\n`)
  return path
}

/** Deploys these versions of `x`, one after another. */
async function deployAll(net: TestNetwork, texts: string[], args: string[]): Promise<Deployed[]> {
  const deployed: Deployed[] = []
  for (const text of texts) {
    deployed.push(await net.json('dev', ['deploy', await version(net, text), '-n', 'x', '-m', `v ${text}`, ...args]))
  }
  return deployed
}

test('a name goes back, is removed and comes back, and everybody who calls it sees that', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const runner = await net.up('runner', ['--volunteer', '--trust', dev])
  const caller = await net.up('caller', joining(runner))
  await net.json('caller', ['alias', 'add', 'dev', dev])
  const [one, two] = await deployAll(net, ['one', 'two'], joining(runner, caller))
  const call = (target: string) => net.json<Answer>('caller', ['invoke', target])
  expect(await call('dev/x')).toMatchObject({ body: 'two', record: { sequence: 2, unconfirmed: false, forked: false } })

  const back = await net.json<RolledBack>('dev', ['rollback', 'x', ...joining(runner, caller)])
  expect(back).toMatchObject({ sequence: 3, backTo: 1, cid: one?.cid, message: 'back to record 1' })
  expect(back.keptBy).toEqual([runner.status.peer])
  expect(await call('dev/x')).toMatchObject({ body: 'one', cid: one?.cid, record: { sequence: 3 } })

  const removed = await net.json<Removed>('dev', ['remove', 'x', '-m', 'it leaks', ...joining(runner, caller)])
  expect(removed).toMatchObject({ sequence: 4, moved: true, cid: one?.cid })
  expect(removed.toldTo.toSorted()).toEqual([runner.status.peer, caller.status.peer].toSorted())
  const gone = await net.error('caller', ['invoke', 'dev/x'])
  expect(gone).toMatchObject({ exitCode: 1, code: 'unknown-name', why: expect.stringContaining('it leaks') })
  expect(gone.message).toContain('removed')
  for (const cid of [one?.cid ?? '', two?.cid ?? '']) {
    const refused = await net.error('caller', ['invoke', cid])
    const reason = { peer: runner.status.peer, code: 'unknown-function', why: expect.stringContaining('removed') }
    expect(refused.data?.['tried']).toContainEqual(reason)
  }

  await runner.end('SIGKILL')
  const again = await net.up('runner', ['--volunteer', '--trust', dev, ...joining(caller)])
  await expect.poll(async () => (await net.json<object[]>('caller', ['peers'])).length).toBe(1)
  const still = await net.error('caller', ['invoke', one?.cid ?? ''])
  expect(still.why).toContain('removed by its publisher')

  const returned = await net.json<RolledBack>('dev', ['rollback', 'x', two?.cid ?? '', ...joining(again, caller)])
  expect(returned).toMatchObject({ sequence: 5, backTo: 2 })
  // What the caller's router heard of the runner a moment ago must run out first.
  await expect.poll(async () => (await net.fn('caller', ['invoke', 'dev/x'])).stdout, { timeout: 20_000 }).toBe('two')
  expect(await call(one?.cid ?? '')).toMatchObject({ body: 'one' })

  const log = await net.json<NameLog>('caller', ['log', 'dev/x'])
  expect(log).toMatchObject({ name: `${dev}/x`, alias: 'dev', own: false, whole: true, more: false, forks: [] })
  expect(log.entries.map(({ sequence, cid, message, removed: off }) => [sequence, cid, message, off])).toEqual([
    [5, two?.cid, 'back to record 2', false],
    [4, null, 'it leaks', true],
    [3, one?.cid, 'back to record 1', false],
    [2, two?.cid, 'v two', false],
    [1, one?.cid, 'v one', false],
  ])
})

test('history that only other peers have is fetched, and shown from here afterwards', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const keeper = await net.up('keeper', ['--volunteer', '--trust', dev])
  await deployAll(net, ['one', 'two', 'three'], joining(keeper))
  await net.json('reader', ['alias', 'add', 'dev', dev])
  const short = await net.json<NameLog>('reader', ['log', 'dev/x', '-n', '1', ...joining(keeper)])
  expect(short).toMatchObject({ whole: true, more: true, entries: [{ sequence: 3 }] })
  const log = await net.json<NameLog>('reader', ['log', 'dev/x', ...joining(keeper)])
  expect(log).toMatchObject({ whole: true, more: false, record: { sequence: 3, unconfirmed: false } })
  expect(log.entries.map(({ message }) => message)).toEqual(['v three', 'v two', 'v one'])

  await keeper.end()
  const { stdout, stderr } = await net.fn('reader', ['log', 'dev/x', '--no-mdns'])
  expect(stdout).toMatch(/v three[^]*v two[^]*v one[^]*the chain is whole/)
  expect(stderr).toContain('no peer confirmed the name')
})

test('only its publisher moves a name, and only to where it was', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  await deployAll(net, ['one'], ['--no-mdns'])
  await net.json('other', ['alias', 'add', 'dev', dev])
  for (const verb of ['rollback', 'remove']) {
    const foreign = await net.error('other', [verb, 'dev/x', '--no-mdns'])
    expect(foreign).toMatchObject({
      exitCode: 2,
      code: 'usage',
      message: expect.stringContaining('only its publisher'),
    })
    expect(await net.error('other', [verb, 'x', '--no-mdns'])).toMatchObject({ exitCode: 1, code: 'unknown-name' })
  }
  const refused = [['x'], ['x', '1'], ['x', '7']]
  for (const args of refused) {
    expect(await net.error('dev', ['rollback', ...args, '--no-mdns'])).toMatchObject({ exitCode: 2, code: 'usage' })
  }
  expect(await net.json('dev', ['log', 'x'])).toMatchObject({ entries: [{ sequence: 1 }], whole: true })
})

test('after a kill and a restart, the newest record is still known, an older one refused, and its age told', async () => {
  const net = await testNetwork()
  const ann = await signerFromSeed(new Uint8Array(32).fill(9))
  // It runs nothing, so that whoever calls has the function afterwards.
  const host = await net.up('host', [])
  const cids: string[] = []
  for (const text of ['one', 'two']) {
    const { cid } = await net.json<Deployed>('host', ['deploy', await version(net, text), '-n', text])
    cids.push(cid)
  }
  const sign = (sequence: number, cid = '') =>
    signRecord(ann, { name: 'x', sequence, cid: CID.parse(cid), time: 0, message: '', prev: null })
  const [older, newer] = [await sign(1, cids[0]), await sign(2, cids[1])]
  let says = newer.bytes
  const source = await peerThat({ name: async () => says })
  const args = ['--volunteer', '--anyone', ...joining(host), '--bootstrap', source.address]

  const caller = await net.up('caller', args)
  await net.json('caller', ['alias', 'add', 'ann', ann.publisher])
  await expect.poll(async () => (await net.json<object[]>('caller', ['peers'])).length).toBe(2)
  // Only the source knows the name, and a peer that is late with an answer is not waited for.
  await expect
    .poll(() => net.json('caller', ['invoke', 'ann/x']))
    .toMatchObject({ body: 'two', record: { sequence: 2 } })
  await caller.end('SIGKILL')

  says = older.bytes
  const again = await net.up('caller', args)
  await expect.poll(async () => (await net.json<object[]>('caller', ['peers'])).length).toBe(2)
  const stale = await net.json<Answer>('caller', ['invoke', 'ann/x'])
  expect(stale).toMatchObject({ body: 'two', record: { sequence: 2, unconfirmed: true, forked: false } })
  await again.end('SIGKILL')

  // Two hours later, and offline.
  const file = join(net.home('caller'), 'data/names/records', ann.publisher, 'x/0000000000000002.record')
  const then = Date.now() / 1000 - 2 * 3600
  await utimes(file, then, then)
  await net.up('caller', ['--volunteer', '--anyone'])
  const alone = await net.json<Answer>('caller', ['invoke', 'ann/x'])
  expect(alone).toMatchObject({ body: 'two', record: { sequence: 2, unconfirmed: true } })
  expect(alone.record?.confirmedAgoMs).toBeGreaterThanOrEqual(2 * 3_600_000)
  const { stdout, stderr } = await net.fn('caller', ['invoke', 'ann/x'])
  expect(stdout).toBe('two')
  expect(stderr).toContain('no peer confirmed the name: record 2 was last confirmed 2 h ago')
  expect((await net.fn('caller', ['list'])).stdout).toMatch(/ann\/x +2 .*2 h ago/)
})

test('a name that was signed twice is marked until its publisher deploys once more', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  // Brought along before that machine has a key of its own.
  await mkdir(join(net.home('laptop'), 'config'), { recursive: true, mode: 0o700 })
  await copyFile(join(net.home('dev'), 'config/publisher.key'), join(net.home('laptop'), 'config/publisher.key'))
  expect(await net.publisher('laptop')).toBe(dev)

  const runner = await net.up('runner', ['--volunteer', '--trust', dev])
  await deployAll(net, ['one'], joining(runner))
  // The same key on another machine, which has not heard of that.
  await net.json('laptop', ['deploy', await version(net, 'two'), '-n', 'x', '--no-mdns'])
  const laptop = await net.up('laptop', joining(runner))
  const caller = await net.up('caller', joining(runner, laptop))
  await net.json('caller', ['alias', 'add', 'dev', dev])
  await expect.poll(async () => (await net.json<object[]>('caller', ['peers'])).length).toBe(2)

  // Who is late with an answer is not waited for; the log asks everybody anew.
  await expect.poll(async () => (await net.json<NameLog>('caller', ['log', 'dev/x'])).forks).toHaveLength(1)
  expect(await net.json('caller', ['invoke', 'dev/x'])).toMatchObject({ record: { sequence: 1, forked: true } })
  expect((await net.fn('caller', ['invoke', 'dev/x'])).stderr).toContain('the name is forked')
  await net.fn('caller', ['invoke', 'dev/x'])
  expect(caller.stderr().match(/signed two records/g)).toHaveLength(1)
  expect(await net.json<ListedName[]>('caller', ['list'])).toMatchObject([{ name: 'x', forked: true }])
  const log = await net.json<NameLog>('caller', ['log', 'dev/x'])
  expect(log).toMatchObject({ record: { forked: true }, forks: [{ sequence: 1 }] })
  expect(new Set([log.entries[0]?.cid, log.forks[0]?.cid]).size).toBe(2)
  expect((await net.fn('caller', ['log', 'dev/x'])).stdout).toContain('record 1 was signed twice')

  // Deploying the same code is enough to settle it: the machine hears of the other record first.
  // Of several peers it asks those whose links are there first, and not all of them know of it.
  expect(await deployAll(net, ['one'], joining(laptop))).toMatchObject([{ sequence: 2, moved: true }])
  expect(await deployAll(net, ['one'], joining(laptop, runner, caller))).toMatchObject([{ sequence: 2, moved: false }])
  expect(await net.json('caller', ['invoke', 'dev/x'])).toMatchObject({
    body: 'one',
    record: { sequence: 2, forked: false },
  })
  expect(await net.json<ListedName[]>('caller', ['list'])).toMatchObject([{ sequence: 2, forked: false }])
})

test('a store that is full has room again once a name is removed', async () => {
  const net = await testNetwork()
  const [first, second] = [await version(net, 'a'.repeat(50_000)), await version(net, 'b'.repeat(50_000))]
  await mkdir(join(net.home('dev'), 'config'), { recursive: true })
  await writeFile(join(net.home('dev'), 'config/config.json'), JSON.stringify({ storeBytes: 180_000 }))
  await net.json('dev', ['deploy', first, '-n', 'first', '--no-mdns'])
  const full = await net.error('dev', ['deploy', second, '-n', 'second', '--no-mdns'])
  expect(full).toMatchObject({ code: 'store-full', fix: expect.stringContaining('fn remove') })

  await net.json('dev', ['remove', 'first', '--no-mdns'])
  await net.json('dev', ['deploy', second, '-n', 'second', '--no-mdns'])
  expect((await net.json<Status>('dev', ['status'])).store.bytes).toBeLessThanOrEqual(180_000)
  const lost = await net.error('dev', ['rollback', 'first', '--no-mdns'])
  expect(lost).toMatchObject({ exitCode: 1, code: 'unknown-function' })
})
