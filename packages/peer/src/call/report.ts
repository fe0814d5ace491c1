import { mayFail, toHitherError, type PeerId, type Route, type RunMetrics, type Standing } from '@hither/core'
import type { CallPhases, CallReport, CallResult } from '../api.ts'
import { SEAL_AWAITED_MS } from '../limits/kept.ts'
import { linkTo } from '../network.ts'
import type { Won } from './attempt.ts'
import type { CallComponents, CompleteTrailer, Ended, Journey } from './journey.ts'

/** A call whose answer is here, or begins. */
export interface Answered {
  result: CallResult
  /** Of a streamed answer to come. Rejects with what broke it; may be left alone. */
  end: End | Promise<End>
}

/** What is known at an answer's end. */
interface End {
  phases: CallPhases
  trailer: CompleteTrailer
}

/** The answer, with who runs it and why there. Its receipt is kept at its end; its report is made when somebody asks for it. */
export function answered(on: CallComponents, journey: Journey, won: Won): Answered {
  const { answer } = won
  const end =
    answer.end instanceof Promise
      ? mayFail(answer.end.then((ended) => atEnd(on, journey, ended)))
      : atEnd(on, journey, answer.end)
  return { result: new Result(on, journey, won, end), end }
}

/** With getters of its class: some of its own would cost each result a shape of its own, by which V8 keeps all of its call for seconds. */
class Result implements CallResult {
  readonly call: string
  readonly status: number
  readonly headers: CallResult['headers']
  body: CallResult['body']
  readonly cid: string
  declare readonly name?: string
  declare readonly record?: Standing
  readonly peer: PeerId
  declare readonly address?: string
  declare readonly rttMs?: number
  readonly route: Route
  readonly attempts: Journey['attempts']
  readonly #on: CallComponents
  readonly #end: Answered['end']
  #report: Promise<CallReport> | undefined

  constructor(on: CallComponents, { call, resolved, attempts }: Journey, { route, answer }: Won, end: Answered['end']) {
    const { name, record } = resolved
    const link = linkTo(on.links, route.choice)
    this.call = call
    this.status = answer.head.status
    this.headers = answer.head.headers
    this.body = answer.body
    this.cid = resolved.cid.toString()
    if (name !== undefined) this.name = name
    if (record !== undefined) this.record = record
    this.peer = route.choice
    if (link !== undefined) this.address = link.address
    if (link?.rttMs !== undefined) this.rttMs = link.rttMs
    this.route = route
    this.attempts = attempts
    this.#on = on
    this.#end = end
  }

  get ended(): Promise<void> {
    return mayFail(Promise.resolve(this.#end).then(() => undefined))
  }

  get report(): Promise<CallReport> {
    return (this.#report ??= mayFail(reportOf(this.#on, this.#end)))
  }
}

function atEnd(on: CallComponents, journey: Journey, { trailer, ms }: Ended): End {
  const { call, resolved, startedAt } = journey
  on.receipts.keep({ call, cid: resolved.cid, name: resolved.name, proof: trailer.proof })
  return { phases: phases(journey, trailer.metrics, ms, on.now() - startedAt), trailer }
}

async function reportOf(on: CallComponents, end: Answered['end']): Promise<CallReport> {
  const { phases: spent, trailer } = await end
  const { metrics, replayed } = trailer
  const receipt = await signedSoon(on, trailer)
  return { cold: metrics.cold, phases: spent, metrics, receipt, replayed: replayed === true }
}

/** What a runner owes is its link's affair, for as long as that takes: whoever wants the report has waited for the answer already. */
function signedSoon({ timers }: CallComponents, { proof }: CompleteTrailer): Promise<CallReport['receipt']> {
  return new Promise((resolve) => {
    const unsealed = (why: string): void => resolve({ unsealed: why })
    const callOff = timers.after(SEAL_AWAITED_MS, () =>
      unsealed(`the runner did not sign it within ${SEAL_AWAITED_MS / 1000} s`),
    )
    proof
      .prove()
      .then(resolve, (thrown: unknown) => unsealed(toHitherError(thrown).message))
      .finally(callOff)
  })
}

/** What a runner says that it did itself, in ms. */
export function runnerMs({ fetchMs, queueMs, startMs, runMs }: RunMetrics): number {
  return fetchMs + queueMs + startMs + runMs
}

/** Time that belongs to no other phase went into what came to nothing before the answer, or, where nothing did, into getting under way. */
function phases(journey: Journey, metrics: RunMetrics, attemptMs: number, totalMs: number): CallPhases {
  const { resolveMs, routeMs } = journey
  const { fetchMs, queueMs, startMs, runMs } = metrics
  const restMs = Math.max(0, totalMs - attemptMs - resolveMs - routeMs)
  const inVain = hadVain(journey)
  return {
    resolveMs,
    routeMs: inVain ? routeMs : routeMs + restMs,
    retriesMs: inVain ? restMs : 0,
    networkMs: Math.max(0, attemptMs - runnerMs(metrics)),
    fetchMs,
    queueMs,
    startMs,
    runMs,
    totalMs,
  }
}

/** The copy that a second one was faster than is noted behind it, and yet was sent before. */
function hadVain({ attempts }: Journey): boolean {
  const first = attempts[0]
  return first !== undefined && (first.outcome !== 'answered' || first.hedge === true)
}
