import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import {
  blockOf,
  decodeScheduled,
  DEFAULT_LIMITS,
  HitherError,
  NO_RUN,
  SCHEDULED_HEADER,
  type Built,
  type ByteStream,
  type Job,
  type Runner,
} from '@hither/core'
import { withSources } from '@hither/peer'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { devCall } from '../src/dev/call.ts'
import { wordsOf, type DevEvent } from '../src/dev/events.ts'
import { devCrons } from '../src/dev/crons.ts'
import { listen } from '../src/dev/listen.ts'
import { Workbench } from '../src/dev/workbench.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A function whose line 1, column 1 comes from line 3, column 1 of index.ts. */
async function built(): Promise<Built> {
  const bundle = await blockOf(bytes('throw 1'), 'raw')
  const json = { version: 3, sources: ['index.ts'], sourcesContent: ['\n\nthrow 1'], names: [], mappings: 'AAEA' }
  const map = await blockOf(bytes(JSON.stringify(json)), 'raw')
  return {
    cid: bundle.cid,
    manifest: {
      bundle: bundle.cid,
      map: map.cid,
      exports: ['default'],
      limits: DEFAULT_LIMITS,
      egress: [],
      effects: 'undeclared',
      needs: [],
      env: {},
      visibility: 'public',
      compat: '2026-11-01',
    },
    blocks: [bundle, map],
    name: 'index',
    warnings: [],
  }
}

async function serving(run: (job: Job) => ReturnType<Runner['run']>): Promise<{
  call: ReturnType<typeof devCall>
  told: DevEvent[]
}> {
  const workbench = new Workbench()
  workbench.take({ built: await built(), folder: process.cwd(), ms: 1 })
  const told: DevEvent[] = []
  const tell = (event: DevEvent): void => void told.push(event)
  return {
    call: devCall({ runner: { run } as unknown as Runner, workbench, tell, now: () => 0, wallClock: () => 60_000 }),
    told,
  }
}

async function thrown(): Promise<HitherError> {
  const { cid } = await built()
  return new HitherError('handler-failed', 'the handler threw 1', {
    data: { stack: `at r.x (fn:${cid.toString()}:1:1)\nat fn:${cid.toString()}:1:1` },
  })
}

test('a call is a job for the newest version, as a runner gets it', async () => {
  const jobs: Job[] = []
  const { call, told } = await serving(async (job) => {
    jobs.push(job)
    return { status: 200, headers: [['a', 'b']], body: bytes('hello'), metrics: NO_RUN }
  })
  const headers: [string, string][] = [
    ['host', 'localhost:8787'],
    ['hither-rpc', '1'],
  ]
  const answer = await call({ target: '', method: 'POST', path: '/a?b', headers, body: bytes('x') }, {})
  expect(answer).toMatchObject({ status: 200, headers: [['a', 'b']], body: bytes('hello') })
  const [job] = jobs
  expect(job?.request).toEqual({ method: 'POST', url: 'http://localhost:8787/a?b', headers })
  expect(job).toMatchObject({ body: bytes('x'), remainingMs: DEFAULT_LIMITS.wallMs })
  expect(await job?.code()).toBe('throw 1')
  expect(told).toMatchObject([{ type: 'answered', path: '/a?b', status: 200 }])
})

test('a path calls `scheduled` as its clock would', async () => {
  const jobs: Job[] = []
  const { call } = await serving(async (job) => {
    jobs.push(job)
    return { status: 200, headers: [], body: bytes(''), metrics: NO_RUN }
  })
  await call({ target: '', path: '/__scheduled?cron=*/5+*+*+*+*' }, {})
  await call({ target: '', path: '/__scheduled?time=7' }, {})
  const events = jobs.map(({ request }) => request.headers.find(([name]) => name === SCHEDULED_HEADER)?.[1] ?? '')
  expect(jobs.map(({ request }) => request.method)).toEqual(['POST', 'POST'])
  expect(events.map(decodeScheduled)).toEqual([
    { cron: '*/5 * * * *', scheduledTime: 60_000 },
    { cron: '', scheduledTime: 7 },
  ])
})

test('the crons of the newest version are fired as their minutes come', async () => {
  const workbench = new Workbench()
  const made = await built()
  workbench.take({ built: { ...made, manifest: { ...made.manifest, crons: ['*/2 * * * *'] } }, folder: '.', ms: 1 })
  const paths: (string | undefined)[] = []
  const told: DevEvent[] = []
  let now = 0
  let look = (): void => {}
  const stop = devCrons({
    workbench,
    call: async ({ path }) => {
      paths.push(path)
      return { cid: '', status: 200, headers: [], body: bytes('') }
    },
    wallClock: () => now,
    timers: { after: (_, run) => ((look = run), () => {}) },
    tell: (event) => void told.push(event),
  })
  for (now of [60_000, 120_000, 180_000, 540_000, 60_000]) look()
  stop()
  expect(paths).toEqual(['/__scheduled?cron=*%2F2+*+*+*+*&time=120000'])
  expect(told).toEqual([
    { type: 'cron', cron: '*/2 * * * *', scheduledTime: 120_000 },
    { type: 'crons-missed', minutes: 5 },
    { type: 'clock-put-back', minutes: 8 },
  ])
})

test('an error’s stack leads to the source, whether it comes before the answer or in it', async () => {
  const before = await serving(async () => {
    throw await thrown()
  })
  const words = { code: 'handler-failed', why: 'at index.ts:3:1\nat index.ts:3:1' }
  await expect(before.call({ target: '' }, {})).rejects.toMatchObject(words)
  expect(before.told).toMatchObject([{ type: 'failed', error: words }])

  async function* breaking(): ByteStream {
    yield bytes('a')
    throw await thrown()
  }
  const within = await serving(async () => ({
    status: 200,
    headers: [],
    body: breaking(),
    metrics: Promise.reject(new Error('broken')),
  }))
  const { body } = await within.call({ target: '' }, {})
  const read = async (): Promise<void> => {
    for await (const piece of body as ByteStream) expect(piece).toEqual(bytes('a'))
  }
  await expect(read()).rejects.toMatchObject(words)
  expect(within.told).toMatchObject([{ type: 'answered' }, { type: 'failed', error: words }])
})

test('of what failed because its client left, nothing is told', async () => {
  const left = AbortSignal.abort()
  const { call, told } = await serving(async () => {
    throw new HitherError('cancelled', 'the client went away')
  })
  await expect(call({ target: '' }, { signal: left })).rejects.toMatchObject({ code: 'cancelled' })
  expect(told).toEqual([])
})

test('only places in bundles are replaced, and only those that are known', () => {
  const find = (cid: string, line: number, column: number): string | undefined =>
    cid === 'known' ? `src/${line}.ts:${column}` : undefined
  expect(withSources('Error: at noon\n    at async r (fn:known:1:2)\n    at fn:known:3:4', find)).toBe(
    'Error: at noon\n    at src/1.ts:2\n    at src/3.ts:4',
  )
  expect(withSources('at r (fn:other:1:2)', find)).toBe('at r (fn:other:1:2)')
})

test('what happens is told in words, which cannot steer the terminal', () => {
  const error = new HitherError('handler-failed', 'it \u001b[2Jfailed', { why: 'at index.ts:3:1' })
  const words = (event: DevEvent): string => wordsOf(event)
  expect(words({ type: 'ready', url: 'http://localhost:8787', name: 'hello' })).toContain(
    'hello is at http://localhost:8787',
  )
  expect(words({ type: 'log', level: 'info', text: 'a\u001b[2Jb' })).toBe('a[2Jb')
  expect(words({ type: 'failed', method: 'GET', path: '/', ms: 1, error })).toMatch(
    /GET \/.*\n.*it \[2Jfailed\n.*index\.ts:3:1/,
  )
  expect(words({ type: 'build-failed', error })).toContain('it [2Jfailed')
})

test('a port that was chosen must be free', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const components = {
    call: async () => ({ status: 200, headers: [], body: bytes('') }),
    log: pino({ level: 'silent' }),
  }
  await expect(listen(port, components)).rejects.toMatchObject({ code: 'port-in-use' })
})

test('where none was chosen, the usual one is taken, or the next that is free', async () => {
  const components = {
    call: async () => ({ status: 200, headers: [], body: bytes('') }),
    log: pino({ level: 'silent' }),
  }
  const [first, second] = [await listen(undefined, components), await listen(undefined, components)]
  onTestFinished(async () => {
    await Promise.all([first.stop(), second.stop()])
  })
  const [a, b] = [first, second].map(({ address }) => Number(new URL(address).port))
  expect(a).toBeGreaterThanOrEqual(8787)
  expect(b).toBeGreaterThan(a ?? Infinity)
})
