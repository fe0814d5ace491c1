import { DEFAULT_EGRESS, wholeShare, type Clock } from '@hither/core'
import { Outbound } from '../../src/host/outbound/outbound.ts'
import type { Sample } from '../../src/host/proc.ts'
import type { SandboxProcess } from '../../src/host/process.ts'
import { Sandbox } from '../../src/host/sandbox.ts'
import type { SandboxInit } from '../../src/host/sandbox-init.ts'
import { Ticket } from '../../src/host/ticket.ts'
import { Weights } from '../../src/host/weights.ts'
import { NOWHERE } from '../../src/ipc/channel.ts'
import type { AnswerHead } from '../../src/ipc/heads.ts'
import { readAll, written, writtenAnswer } from './written.ts'
import { handler, makeJob, type JobInit } from './jobs.ts'

export interface FakeSandbox {
  sandbox: Sandbox
  weights: Weights
  /** What the kernel says of its process. */
  sample: Sample
  /** Whether one of its threads waits for the processor, beside the main one. */
  threads: { wait: boolean }
  /** Its process was told to stand still. */
  readonly still: boolean
  /** Its process sends this. */
  says(type: number, id: number): void
  /** Its process answers a call. */
  answers(id: number, head?: Partial<AnswerHead>): void
  /** A call is expected by it. */
  expect(init?: JobInit, code?: string): Promise<Ticket>
  /** A call is sent to it. */
  call(init?: JobInit): Promise<Ticket>
}

const NOTHING = (): void => undefined

/** A sandbox that is ready, and whose process the test plays. */
export async function fakeSandbox(
  now: Clock,
  its: Partial<Pick<SandboxInit, 'cordon' | 'share' | 'extra'>> = {},
): Promise<FakeSandbox> {
  const sample = { cpuMs: 0, memoryBytes: 0, asleep: false }
  const threads = { wait: false }
  let still = false
  const weights = new Weights()
  const held: { events?: Parameters<SandboxProcess['hold']>[0] } = {}
  const ready = Promise.resolve()
  const process: SandboxProcess = {
    pid: 0,
    probe: { read: () => ({ ...sample }), rests: () => sample.asleep && !threads.wait, close: NOTHING },
    baseBytes: 0,
    ready,
    exited: new Promise(NOTHING),
    pipe: NOWHERE,
    hold: (events) => void (held.events = events),
    flush: NOTHING,
    listen: NOTHING,
    unheard: false,
    suspend: () => void (still = true),
    resume: () => void (still = false),
    kill: NOTHING,
  }
  const sandbox = new Sandbox({
    cordon: 'trusted publisher',
    profile: 'trusted',
    share: wholeShare('publisher'),
    lane: 'light',
    cores: () => 1,
    extra: false,
    process,
    now,
    timers: { after: () => NOTHING },
    weights,
    outbound: new Outbound({ egress: () => DEFAULT_EGRESS, resolve: async () => [], own: () => [], now }),
    log: NOTHING,
    onFree: NOTHING,
    onEnded: NOTHING,
    onLeft: NOTHING,
    onUnrun: NOTHING,
    onResumed: NOTHING,
    onGone: NOTHING,
    ...its,
  })
  const hear = (bytes: Uint8Array[]): void => {
    for (const message of readAll(Buffer.concat(bytes))) held.events?.onMessage(message)
  }
  await ready
  return {
    sandbox,
    weights,
    sample,
    threads,
    get still() {
      return still
    },
    says: (type, id) => hear(written(type, id)),
    answers: (id, head) => hear(writtenAnswer(id, head)),
    async expect(init = {}, code = handler('')) {
      const ticket = new Ticket(await makeJob(code, init), now)
      sandbox.expect(ticket)
      return ticket
    },
    async call(init = {}) {
      const ticket = new Ticket(await makeJob(handler(''), init), now)
      sandbox.send(ticket)
      return ticket
    },
  }
}
