import type { Connection, Stream } from '@libp2p/interface'
import { streamPair } from '@libp2p/utils'
import { expect, test } from 'vitest'
import { LINK_UP_MAX_MS } from '../src/limits/connections.ts'
import { CALL_PROTOCOL } from '../src/protocols/call/frames.ts'
import { registry, type Registry } from '../src/registry.ts'
import { meter } from '../src/traffic.ts'
import { settle } from './helpers/call-ends.ts'
import { manualTime } from './helpers/manual-timers.ts'

/** A connection to `peer`, on which the call stream is this one. */
function connectionWith(stream: Stream | Promise<Stream>): Connection {
  const connection = Object.assign(new EventTarget(), {
    remotePeer: 'peer',
    remoteAddr: '/ip4/127.0.0.1/tcp/4248',
    direction: 'outbound',
    status: 'open',
    maConn: new EventTarget(),
    newStream: async () => stream,
    close: async () => void Object.assign(connection, { status: 'closed' }),
    abort: () => void Object.assign(connection, { status: 'aborted' }),
  })
  return connection as unknown as Connection
}

function linksOver(connections: Connection[], { timers, now } = manualTime()): Registry {
  return registry({
    timers,
    now,
    meter: meter(),
    adverts: { asks: () => undefined, heard: () => {} },
    listens: () => false,
    served: () => 0,
    connections: () => connections,
    log: () => {},
  })
}

test('a call stream that breaks while it is opened makes no link, and the next connection may', async () => {
  const [[broken], [whole]] = await Promise.all([streamPair(), streamPair()])
  broken.abort(new Error('its other end has no room'))
  const refused = connectionWith(broken)
  const links = linksOver([])
  links.identified(refused, [CALL_PROTOCOL])
  await settle()
  expect(links.list()).toHaveLength(0)
  expect(refused.status).not.toBe('open')
  links.identified(connectionWith(whole), [CALL_PROTOCOL])
  await settle()
  expect(links.list()).toHaveLength(1)
})

test('where one of two connections fails, the other makes the link, which waited meanwhile', async () => {
  const opening = Promise.withResolvers<Stream>()
  const [whole] = await streamPair()
  const [first, second] = [connectionWith(opening.promise), connectionWith(whole)]
  const links = linksOver([first, second])
  links.identified(first, [CALL_PROTOCOL])
  links.identified(second, [CALL_PROTOCOL])
  opening.reject(new Error('it was cut'))
  await settle()
  expect(links.list().map(({ connection }) => connection)).toEqual([second])
})

test('whoever does not say in time what it speaks is hung up on', async () => {
  const time = manualTime()
  const [stream] = await streamPair()
  const [silent, told] = [connectionWith(stream), connectionWith(stream)]
  const links = linksOver([], time)
  for (const connection of [silent, told]) links.opened(connection)
  links.identified(told, [CALL_PROTOCOL])
  await settle()
  time.advance(LINK_UP_MAX_MS - 1)
  expect([silent.status, told.status]).toEqual(['open', 'open'])
  time.advance(1)
  expect([silent.status, told.status]).toEqual(['closed', 'open'])
})

test('a connection that has ended is not waited for', () => {
  const time = manualTime()
  const connection = connectionWith(Promise.withResolvers<Stream>().promise)
  linksOver([], time).opened(connection)
  connection.dispatchEvent(new Event('close'))
  expect(time.pending()).toBe(0)
})
