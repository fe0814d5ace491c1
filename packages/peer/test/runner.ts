import {
  type HitherError,
  type CallHeader,
  type Job,
  type JobSecrets,
  type Names,
  type Need,
  type Profile,
  type Runner,
  type RunnerLoad,
  type Services,
  type WholeAnswer,
} from '@hither/core'
import { memoryBlocks, memoryNames } from '@hither/store'
import pino, { type Logger } from 'pino'
import { functions } from '../src/functions.ts'
import { serveCall } from '../src/serve/call.ts'
import { sealer } from '../src/serve/sealer.ts'
import { systemTimers } from '../src/timers.ts'
import { vouchers } from '../src/serve/vouchers.ts'
import {
  admissionOf,
  fakeLinks,
  metrics,
  record,
  signer,
  silent,
  testFunction,
  type FakePeer,
  type TestFunction,
} from './fakes.ts'

interface Setup {
  names: Names
  jobs: Job[]
  /** Answers as a whole. */
  serve: (...args: Parameters<Services['call']>) => Promise<WholeAnswer>
  fn: TestFunction
  header: (more?: Partial<CallHeader>) => CallHeader
  drain: () => void
  takeBack: () => void
  admission: ReturnType<typeof admissionOf>
  /** CIDs of blocks that were read. */
  read: string[]
  /** Traces in the log. */
  traces: unknown[]
}

export interface SetupInit {
  caller?: FakePeer
  needs?: Need[]
  profile?: Profile
  /** Keys of secrets that the function says it needs. */
  secrets?: string[]
  fail?: HitherError
  /** What every run waits for. */
  hold?: Promise<void>
  /** Secrets that this runner was given, by name. */
  given?: Record<string, JobSecrets>
  /** What is looked at when a call comes. */
  look?: Promise<void>
  /** What reading the disk ends with. */
  disk?: Error
  /** Calls that run and wait. */
  load?: Pick<RunnerLoad, 'busy' | 'queued'>
}

const owner = await signer(1)
export const [friend, stranger] = await Promise.all([signer(2), signer(3)])

/** A runner that trusts `friend`, and a caller that shows what `caller` says. */
export async function setup({
  caller = {},
  needs = [],
  profile = 'trusted',
  fail,
  hold,
  look,
  disk,
  given,
  secrets,
  load = { busy: 0, queued: 0 },
}: SetupInit = {}): Promise<Setup> {
  const fn = await testFunction('code', { needs, ...(secrets && { secrets }) })
  const blocks = memoryBlocks({ capBytes: 1e6 })
  for (const { cid, bytes } of fn.blocks) await blocks.put(cid, bytes)
  const read: string[] = []
  const traces: unknown[] = []
  const get = blocks.get.bind(blocks)
  blocks.get = (cid) => {
    read.push(cid.toString())
    return disk === undefined ? get(cid) : Promise.reject(disk)
  }
  const names = memoryNames()
  await names.put(await record(owner, 'mine', 1, (await testFunction('mine')).cid))
  const links = fakeLinks({ caller })
  const jobs: Job[] = []
  const runner: Runner = {
    jail: () => ({
      tier: 'process',
      layers: [{ name: 'bubblewrap', works: false, why: 'not installed' }],
      grants: { trusted: [] },
    }),
    start: async () => {},
    stop: async () => {},
    load: () => ({ slots: 2, ...load, cores: { lent: 1, burning: 0, waiting: 0 }, memoryMb: 512 }),
    warm: () => [],
    isWarm: () => false,
    expect: () => {},
    lend: () => {},
    interrupt: () => {},
    async run(job, options) {
      jobs.push(job)
      await hold
      options?.signal?.throwIfAborted()
      if (fail !== undefined) throw fail
      return { status: 200, headers: [], body: new TextEncoder().encode(await job.code()), metrics }
    },
  }
  const admission = { ...admissionOf(owner.publisher, friend.publisher), profile: () => profile }
  let draining = false
  let taking = true
  return {
    names,
    jobs,
    fn,
    read,
    traces,
    serve: serveCall({
      self: 'self',
      sealer: sealer({ sign: async () => new Uint8Array(64), timers: systemTimers, now: () => performance.now() }),
      links,
      log: logging(traces),
      faults: () => undefined,
      runner,
      admission,
      vouchers: vouchers({ names, links, functions: { take: () => {} }, log: silent }),
      vault: { given: async (_publisher, name) => given?.[name] },
      functions: functions({ blocks, links, now: () => 0, log: silent }),
      run: (job, options) => runner.run(job, options),
      draining: () => draining,
      taking: () => taking,
      called: () => look,
      now: () => 0,
      timers: { after: () => () => undefined },
    }) as Setup['serve'],
    header: (more) => ({
      cid: fn.cid,
      method: 'POST',
      url: 'http://x.y/',
      headers: [],
      remainingMs: 1000,
      hop: 0,
      ...more,
    }),
    drain: () => void (draining = true),
    takeBack: () => void (taking = false),
    admission,
  }
}

function logging(traces: unknown[]): Logger {
  return pino({ level: 'debug' }, { write: (line) => void traces.push((JSON.parse(line) as { trace: unknown }).trace) })
}

export const signal = new AbortController().signal
export const none = new Uint8Array(0)

export async function shows(by: typeof friend, fn: TestFunction): Promise<FakePeer> {
  const { bytes } = await record(by, 'x', 1, fn.cid)
  return { voucher: async () => bytes }
}

export const fn = await testFunction('code')
