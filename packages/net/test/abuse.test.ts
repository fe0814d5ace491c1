import { once } from 'node:events'
import { connect } from 'node:net'
import type { Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { expect, onTestFinished, test } from 'vitest'
import { LINK_UP_MAX_MS } from '../src/limits/connections.ts'
import { BLOCK_STREAMS_MAX, BODY_STREAMS_MAX, CALL_STREAMS_MAX, NAME_STREAMS_MAX } from '../src/limits/streams.ts'
import { aftermath, UNHARMED, watchEscapes } from './helpers/aftermath.ts'
import { ended, intruder, liar, PROTOCOLS, stranger } from './helpers/intruder.ts'
import { longTimers } from './helpers/long-timers.ts'
import { addressOf, afterTries, peer, until } from './helpers/peers.ts'
import { portOf } from './helpers/proxy.ts'
import { failure, header, pattern, services, someCid } from './helpers/services.ts'

watchEscapes()

test('garbage on every protocol ends that stream, and nothing else', async () => {
  const victim = await peer()
  const connection = await intruder(victim)
  for (const protocol of PROTOCOLS) {
    const stream = await connection.newStream(protocol)
    stream.send(new Uint8Array(1000).fill(255))
    await ended(stream)
  }
  expect(await aftermath(victim)).toEqual(UNHARMED)
})

test('lengths beyond measure are refused before they are held', async () => {
  const victim = await peer()
  const connection = await intruder(victim)
  for (const protocol of PROTOCOLS) {
    const stream = await connection.newStream(protocol)
    stream.send(Uint8Array.from([0x7f, 255, 255, 255, 1, 0, 0, 0, 0]))
    await ended(stream)
  }
  expect(await aftermath(victim)).toEqual(UNHARMED)
})

test('two hundred streams at once leave few, and the rest of us working', async () => {
  const victim = await peer()
  const connection = await intruder(victim)
  const opened = await Promise.allSettled(
    Array.from({ length: 200 }, (_, i) => connection.newStream(PROTOCOLS[i % PROTOCOLS.length] ?? '')),
  )
  expect(opened).toHaveLength(200)
  const open = (): Stream[] =>
    connection.streams.filter(({ direction, status }) => direction === 'outbound' && status === 'open')
  const kept = CALL_STREAMS_MAX + BLOCK_STREAMS_MAX + NAME_STREAMS_MAX + BODY_STREAMS_MAX
  // Who opens too many is told so only after the opening.
  while (open().length > kept) await Promise.race(open().map(ended))
  expect(await aftermath(victim)).toEqual(UNHARMED)
})

test('silent sockets do not lock others out', async () => {
  const victim = await peer()
  const port = portOf(addressOf(victim))
  const sockets = Array.from({ length: 50 }, () => connect(port, '127.0.0.1'))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  // Being cut off is what they are here for.
  for (const socket of sockets) socket.on('error', () => {})
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  expect(await aftermath(victim)).toEqual(UNHARMED)
})

test('sockets that speak nonsense do no harm', async () => {
  const victim = await peer()
  const port = portOf(addressOf(victim))
  const nonsense = [
    pattern(300),
    new Uint8Array(100).fill(255),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from('\x13/multistream/1.0.0\n\x07/noise\n' + 'x'.repeat(500)),
  ]
  await Promise.all(
    nonsense.map(async (bytes) => {
      const socket = connect(port, '127.0.0.1')
      // Being cut off is what it is here for.
      socket.on('error', () => {})
      socket.end(bytes)
      socket.resume()
      await new Promise((resolve) => socket.on('close', resolve))
    }),
  )
  expect(await aftermath(victim)).toEqual(UNHARMED)
})

test('a libp2p peer that is none of ours becomes no link', async () => {
  const victim = await peer()
  const other = await stranger({ listen: true })
  const [address] = other.getMultiaddrs()
  const error = await failure(victim.join(String(address), afterTries(1)))
  expect(error).toMatchObject({ code: 'timeout', why: expect.stringContaining('cannot be reached') })
  expect(victim.list()).toEqual([])
})

test('a runner that answers with nonsense gives a bad answer and loses the link', async () => {
  const { victim, liarId } = await liar('/hither/call/1', (stream) => {
    let bytes = 0
    stream.addEventListener('message', ({ data }) => {
      // After the first ping, which comes alone.
      if ((bytes += data.byteLength) > 20) stream.send(new Uint8Array(50).fill(9))
    })
  })
  const down = until(victim, 'down', liarId)
  expect((await failure(victim.call(liarId, header(), pattern(3)))).code).toBe('bad-answer')
  await down
})

test('a block holder that lies, says too much, or goes away is told apart', async () => {
  const answers = [
    Uint8Array.from([0, 0, 0, 8, 2, 0, 0, 0, 0, 1, 2, 3]),
    Uint8Array.from([0x7f, 255, 255, 255, 2, 0, 0, 0, 0]),
    Uint8Array.from([0, 0, 0, 5, 44, 0, 0, 0, 0]),
    undefined,
  ]
  const { victim, liarId } = await liar('/hither/block/1', (stream) => {
    const answer = answers.shift()
    if (answer === undefined) return stream.abort(new Error('gone'))
    stream.send(answer)
  })
  const codes = []
  for (let i = 0; i < 4; i++) codes.push((await failure(victim.block(liarId, someCid))).code)
  expect(codes).toEqual(['bad-block', 'bad-answer', 'bad-answer', 'peer-unreachable'])
})

test('a peer that opens streams and says nothing holds nothing up', async () => {
  const asked: string[] = []
  const victim = await peer({ services: services({ name: async (from) => (asked.push(from), undefined) }) })
  const connection = await intruder(victim)
  for (const protocol of PROTOCOLS) await connection.newStream(protocol)
  expect(await aftermath(victim)).toEqual(UNHARMED)
  expect(asked).toEqual([])
})

test('a stranger that never says what it speaks gets no place', async () => {
  const timers = longTimers()
  const victim = await peer({ components: { timers } })
  const mute = await createLibp2p({ transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()] })
  onTestFinished(async () => mute.stop())
  const connection = await mute.dial(multiaddr(addressOf(victim)))
  // The victim may see the connection a moment later.
  await expect.poll(() => (timers.pass(LINK_UP_MAX_MS), connection.status)).not.toBe('open')
  expect(await aftermath(victim)).toEqual(UNHARMED)
})
