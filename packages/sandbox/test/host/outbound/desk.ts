import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Egress, Profile } from '@hither/core'
import { onTestFinished } from 'vitest'
import { Desk } from '../../../src/host/outbound/desk.ts'
import { Outbound } from '../../../src/host/outbound/outbound.ts'
import type { Resolve } from '../../../src/host/outbound/resolve.ts'
import { NOWHERE } from '../../../src/ipc/channel.ts'
import { FRAME } from '../../../src/ipc/frames.ts'
import type { Message } from '../../../src/ipc/messages.ts'
import { readAll, written, writtenPiece } from '../written.ts'

export interface Loopback {
  port: number
  /** Of each request that came: its method, path, headers and, once it is here, its body. */
  seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[]
  /** Connections that came, whether they asked for anything or not. */
  connections: number
}

/** A server on loopback that counts who comes. */
export async function loopback(
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => void response.end('hello'),
): Promise<Loopback> {
  const found: Loopback = { port: 0, seen: [], connections: 0 }
  const server = createServer((request, response) => {
    const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: '' }
    found.seen.push(one)
    request.setEncoding('utf8').on('data', (text: string) => void (one.body += text))
    answer(request, response)
  })
  server.on('connection', () => void (found.connections += 1))
  await new Promise<void>((go) => void server.listen(0, '127.0.0.1', go))
  found.port = (server.address() as AddressInfo).port
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return found
}

export interface DeskInit {
  egress?: string[]
  permits?: Egress
  profile?: Profile
  resolve?: Resolve
  own?: string[]
  maxBytes?: number
}

/** What came back for a request. */
export interface Answered {
  error?: string
  status?: number
  headers?: [string, string][]
  text: string
}

/** Nothing of it needs its receiver. */
export interface TestDesk {
  desk: Desk
  /** Asks as a process would, for the call 1. Reads all of the answer. */
  fetch: (
    url: string,
    init?: { method?: string; headers?: [string, string][]; body?: string; call?: number },
  ) => Promise<Answered>
  /** Says something in the name of the process. */
  say: (messages: Uint8Array[]) => void
  /** What the desk said of one request until now. */
  said: (id: number) => Message[]
  /** Resolves when it said so much of it. */
  until: (id: number, holds: (messages: Message[]) => boolean) => Promise<Message[]>
}

/** A desk with one call, number 1, and a test in the place of the process. */
export function testDesk({
  egress = [],
  permits,
  profile = 'trusted',
  resolve,
  own = [],
  maxBytes = 1e6,
}: DeskInit): TestDesk {
  const said: Message[] = []
  let news = Promise.withResolvers<void>()
  const tell = (message: Uint8Array[]): void => {
    said.push(...readAll(Buffer.concat(message)))
    news.resolve()
    news = Promise.withResolvers()
  }
  const outbound = new Outbound({
    egress: () => permits ?? { public: true, also: [] },
    resolve: resolve ?? (() => Promise.resolve([])),
    own: () => own,
    now: () => 0,
  })
  const desk = new Desk({
    profile,
    outbound,
    timers: { after: () => () => undefined },
    grantOf: (call) => (call === 1 ? { egress, maxBytes } : undefined),
    pipe: {
      ...NOWHERE,
      send: (...message) => tell(written(...message)),
      piece: (type, id, bytes) => tell(writtenPiece(id, bytes, type)),
    },
  })
  onTestFinished(() => desk.stop())
  const say = (messages: Uint8Array[]): void => {
    for (const message of readAll(Buffer.concat(messages))) desk.receive(message)
  }
  const of = (id: number): Message[] => said.filter((message) => message.id === id)
  const until: TestDesk['until'] = async (id, holds) => {
    while (!holds(of(id))) await news.promise
    return of(id)
  }
  let last = 0
  return {
    desk,
    say,
    said: of,
    until,
    async fetch(url, { method = 'GET', headers = [], body = '', call = 1 } = {}) {
      const id = ++last
      say(written(FRAME.fetch, id, { call, method, url, headers }, new TextEncoder().encode(body)))
      const all = await until(id, isOver)
      return answeredIn(all)
    },
  }
}

/** Nothing follows. */
export function isOver(messages: Message[]): boolean {
  return messages.some(({ type, head }) => type === FRAME.downloaded || (type === FRAME.fetched && head.has('error')))
}

export function answeredIn(messages: Message[]): Answered {
  const head = messages.find(({ type }) => type === FRAME.fetched)?.head
  const end = messages.find(({ type }) => type === FRAME.downloaded)?.head
  const pieces = messages.filter(({ type }) => type === FRAME.download).map(({ body }) => body)
  const failed = [head, end].find((one) => one?.has('error') === true)
  return {
    ...(failed !== undefined && { error: failed.string('error') }),
    ...(head?.has('status') === true && { status: head.integer('status', 0, 999), headers: head.pairs('headers') }),
    text: Buffer.concat(pieces).toString(),
  }
}
