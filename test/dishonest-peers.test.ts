import { fileURLToPath } from 'node:url'
import { CID, cidOf, openRecord, SealTree, signerFromSeed, signRecord, type Link } from '@hither/core'
import type { CompleteCall, Deployed } from '@hither/peer'
import { expect, test } from 'vitest'
import { joining, testNetwork } from './support/network.ts'
import { peerThat } from './support/peer-that.ts'

const HELLO = fileURLToPath(new URL('../examples/hello', import.meta.url))
const GREET = fileURLToPath(new URL('handlers/greet.ts', import.meta.url))

type Answer = Omit<CompleteCall, 'body'> & { body: string }

test('wrong bytes for a CID are not run: another peer is asked, and the call still succeeds', async () => {
  const net = await testNetwork()
  const dev = await net.publisher('dev')
  const keeper = await net.up('keeper', ['--volunteer', '--trust', dev])
  const deployed = await net.json<Deployed>('dev', ['deploy', HELLO, ...joining(keeper)])

  const asked: string[] = []
  const wrong = new TextEncoder().encode('export default () => new Response("owned")')
  const liar = await peerThat({
    kit: async (_from, cid) => {
      asked.push(cid.toString())
      return { manifest: wrong, bundle: wrong }
    },
    block: async () => wrong,
  })
  // This runner lacks the function; the liar is the first that it is linked to, and says that it has everything.
  const runner = await net.up('runner', ['--volunteer', '--anyone', '--no-mdns', '--bootstrap', liar.address])
  await expect.poll(() => net.json<object[]>('runner', ['peers']), { timeout: 20_000 }).toHaveLength(1)
  const alone = await net.error('stranger', ['invoke', deployed.cid, ...joining(runner)])
  expect(alone.data?.['tried']).toMatchObject([{ code: 'unknown-function' }])
  expect(asked).toContain(deployed.cid)
  expect(await net.json('runner', ['status'])).toMatchObject({ store: { count: 0 } })

  const both = await net.up('both', ['--volunteer', '--anyone', '--bootstrap', liar.address, ...joining(keeper)])
  // It hears of the runner as well, which is no help: it has nothing.
  const linked = async (): Promise<string[]> => (await net.json<Link[]>('both', ['peers'])).map(({ peer }) => peer)
  await expect
    .poll(linked, { timeout: 20_000 })
    .toEqual(expect.arrayContaining([keeper.status.peer, liar.address.split('/').at(-1)]))
  const answer = await net.json<Answer>('stranger', [
    'invoke',
    deployed.cid,
    '--prefer',
    both.status.peer,
    ...joining(both),
  ])
  expect(answer).toMatchObject({ status: 200, peer: both.status.peer })
  expect(answer.body).toContain('Hello')
})

test('records that are forged or older than what is known move no name', async () => {
  const net = await testNetwork()
  const runner = await net.up('runner', ['--volunteer', '--anyone'])
  const ann = await signerFromSeed(new Uint8Array(32).fill(9))
  const first = await net.json<Deployed>('dev', ['deploy', HELLO, ...joining(runner)])
  const second = await net.json<Deployed>('dev', ['deploy', GREET, '--name', 'greet', ...joining(runner)])
  const at = (sequence: number, cid: string) =>
    signRecord(ann, { name: 'x', sequence, cid: CID.parse(cid), time: 0, message: '', prev: null })
  const older = await at(1, first.cid)
  const newer = await at(2, second.cid)
  const forged = Uint8Array.from(newer.bytes)
  forged[forged.length - 70] = (forged.at(-70) ?? 0) ^ 1
  await expect(openRecord(forged)).rejects.toMatchObject({ code: 'bad-record' })

  let says = newer.bytes
  const source = await peerThat({ name: async () => says })
  const caller = await net.up('caller', [...joining(runner), '--bootstrap', source.address])
  await expect.poll(() => net.json<object[]>('caller', ['peers']), { timeout: 20_000 }).toHaveLength(2)
  await net.json('caller', ['alias', 'add', 'ann', ann.publisher])
  // Only the source knows the name, and a peer that is late with an answer is not waited for.
  await expect.poll(() => net.json('caller', ['invoke', 'ann/x'])).toMatchObject({ cid: second.cid })
  await caller.end()

  for (const lie of [older.bytes, forged]) {
    says = lie
    const again = await net.up('caller', [...joining(runner), '--bootstrap', source.address])
    await expect.poll(() => net.json<object[]>('caller', ['peers']), { timeout: 20_000 }).toHaveLength(2)
    expect(await net.json('caller', ['invoke', 'ann/x'])).toMatchObject({ cid: second.cid })
    await again.end()
  }
  await net.json('newcomer', ['alias', 'add', 'ann', ann.publisher])
  const refused = await net.error('newcomer', ['invoke', 'ann/x', '--no-mdns', '--bootstrap', source.address])
  expect(refused).toMatchObject({ exitCode: 1, name: 'UnknownName' })
})

test('announcing to a runner what its owner did not admit leaves nothing behind', async () => {
  const net = await testNetwork()
  const runner = await net.up('runner', ['--volunteer'])
  const stranger = await signerFromSeed(new Uint8Array(32).fill(8))
  const cid = await cidOf(new Uint8Array(5), 'raw')
  const { bytes } = await signRecord(stranger, { name: 'x', sequence: 1, cid, time: 0, message: '', prev: null })
  const pusher = await peerThat({ block: async () => new Uint8Array(5) })
  const peer = await pusher.links.join(runner.status.addresses[0] ?? '')
  await expect(pusher.links.announce(peer, bytes)).rejects.toMatchObject({ code: 'not-admitted' })
  await expect(pusher.links.announce(peer, new Uint8Array(50))).rejects.toMatchObject({ code: 'bad-record' })
  expect(await net.json('runner', ['status'])).toMatchObject({ store: { count: 0 }, names: 0 })
})

test('an answer whose receipt does not fit is not believed', async () => {
  const net = await testNetwork()
  const honest = await net.up('honest', ['--volunteer', '--anyone'])
  const { cid } = await net.json<Deployed>('dev', ['deploy', HELLO, ...joining(honest)])
  const metrics = { fetchMs: 0, queueMs: 0, startMs: 0, runMs: 1, cpuMs: 1, cold: false }
  const digest = new Uint8Array(32)
  const forger = await peerThat({
    state: () => ({
      accepting: true,
      slots: 1000,
      busy: 0,
      queued: 0,
      priceMs: 0,
      admits: 'anyone',
      tier: 'process',
      grants: [],
      warm: new Uint8Array(0),
    }),
    call: async (_from, header) => ({
      head: { status: 200, headers: [] },
      body: new TextEncoder().encode('trust me'),
      trailer: {
        metrics,
        receipt: {
          function: header.cid.bytes,
          request: digest,
          result: digest,
          runner: forger.links.self,
          runMs: 1,
          cpuMs: 1,
        },
        seal: Promise.resolve({ tree: new SealTree([digest], [], new Uint8Array(64)), at: 0 }),
      },
    }),
  })
  const answer = await net.json<Answer>('caller', ['invoke', cid, ...joining(honest), '--bootstrap', forger.address])
  expect(answer.peer).toBe(honest.status.peer)
  // The forger tells of the honest one, too.
  const honestPeer = honest.status.peer
  const only = ['--no-mdns', '--bootstrap', forger.address, '--avoid', honestPeer]
  const alone = await net.error('caller', ['invoke', cid, ...only])
  const forged = { peer: forger.links.self, code: 'bad-answer' }
  expect(alone.data?.['tried']).toEqual(expect.arrayContaining([expect.objectContaining(forged)]))
})
