import {
  BLOCK_MAX_BYTES,
  cidOf,
  decodeMessage,
  encodeFrames,
  FRAME_HEAD_BYTES,
  fromWire,
  readError,
  type Links,
  type PeerId,
} from '@hither/core'
import type { Connection, Stream } from '@libp2p/interface'
import { expect, test } from 'vitest'
import {
  BLOCKS_UNREAD_KEPT_BYTES,
  BLOCKS_UNREAD_MAX_BYTES,
  BLOCKS_UNREAD_PER_PEER_MAX_BYTES,
} from '../src/limits/questions.ts'
import { intruder } from './helpers/intruder.ts'
import { peer } from './helpers/peers.ts'
import { pattern, services } from './helpers/services.ts'

const block = pattern(BLOCK_MAX_BYTES)
const cid = await cidOf(block, 'raw')
const WANT = encodeFrames([{ type: 1, id: 0, payload: cid.bytes }])

const FAILED = 0

/** As many of the largest as one peer may leave unread, all strangers together, and those that are known besides. */
const EACH = BLOCKS_UNREAD_PER_PEER_MAX_BYTES / BLOCK_MAX_BYTES
const ALL = (BLOCKS_UNREAD_MAX_BYTES - BLOCKS_UNREAD_KEPT_BYTES) / BLOCK_MAX_BYTES

interface Holder {
  /** Peers that its owner named. */
  known: Set<PeerId>
  links: Links
  /** Who was given a block to send. */
  loaded: PeerId[]
  /** Resolves when so many were. */
  loads: (count: number) => Promise<void>
}

async function holder(): Promise<Holder> {
  const loaded: PeerId[] = []
  const known = new Set<PeerId>()
  let check = (): void => {}
  const links = await peer({
    services: services({
      knows: (from) => known.has(from),
      blockSize: async () => block.length,
      block: async (from) => {
        loaded.push(from)
        check()
        return block
      },
    }),
  })
  const loads = (count: number): Promise<void> =>
    new Promise((resolve) => {
      check = () => loaded.length >= count && resolve()
      check()
    })
  return { links, known, loaded, loads }
}

/** Asks, and reads nothing. */
async function ask(connection: Connection): Promise<Stream> {
  const stream = await connection.newStream('/hither/block/1')
  stream.pause()
  stream.send(WANT)
  return stream
}

/** Asks anew, and gives the code of the refusal; undefined where a block begins to come. */
async function refusal(connection: Connection): Promise<string | undefined> {
  const stream = await connection.newStream('/hither/block/1')
  const beginning = new Promise<Uint8Array>((resolve) => {
    stream.addEventListener('message', ({ data }) => resolve(data.subarray()), { once: true })
  })
  stream.send(WANT)
  const frame = await beginning
  stream.abort(new Error('that is enough'))
  return frame[4] === FAILED ? fromWire(readError(decodeMessage(frame.subarray(FRAME_HEAD_BYTES)))).code : undefined
}

test('who asks for blocks and reads none is given a few, and no more of them are even loaded', async () => {
  const { links, loaded, loads } = await holder()
  const connection = await intruder(links)
  for (let asked = 0; asked < EACH; asked++) await ask(connection)
  await loads(EACH)
  expect(await refusal(connection)).toBe('busy')
  expect(loaded).toHaveLength(EACH)
})

test('many who read nothing leave no more in memory than there may be, and room for those that are known', async () => {
  const { links, known, loaded, loads } = await holder()
  for (let count = 0; count < ALL; count += EACH) {
    const connection = await intruder(links)
    for (let asked = 0; asked < EACH; asked++) await ask(connection)
  }
  await loads(ALL)
  const connection = await intruder(links)
  expect(await refusal(connection)).toBe('busy')
  expect(loaded).toHaveLength(ALL)
  for (const { peer: id } of links.list().slice(-1)) known.add(id)
  expect(await refusal(connection)).toBeUndefined()
})

test('an answer that nobody reads any more gives back its room', async () => {
  const { links, loads } = await holder()
  const connection = await intruder(links)
  const streams: Stream[] = []
  for (let asked = 0; asked < EACH; asked++) streams.push(await ask(connection))
  await loads(EACH)
  streams[0]?.abort(new Error('not wanted'))
  // That it is gone is still on its way.
  let code: string | undefined = 'busy'
  while (code === 'busy') code = await refusal(connection)
  expect(code).toBeUndefined()
})
