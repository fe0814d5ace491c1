import { HitherError, isWhole, readWhole, type Body } from '@hither/core'
import type { CallParams, CallReport, CallResult, KeptReceipt, PeerApi } from '@hither/peer'
import { netOver, type Net } from '../src/net.ts'
import { peerCarrier, type PeerCallInfo } from '../src/peer/carrier.ts'
import { sessions } from '../src/peer/sessions.ts'

type Call = PeerApi['call']

/** A net whose peer is a function. `closed` tells how often it was left. */
export function netOf(
  call: Call,
  receipt: PeerApi['receipt'] = noReceipt,
  explain: PeerApi['explain'] = async (params) => params,
): { net: Net<PeerCallInfo>; closed: () => number } {
  let closes = 0
  const net = netOver(
    peerCarrier(
      sessions(async () => ({
        api: { call, receipt, explain },
        gone: () => false,
        close: async () => void (closes += 1),
      })),
    ),
  )
  return { net, closed: () => closes }
}

async function noReceipt(): Promise<KeptReceipt> {
  throw new HitherError('unknown-receipt', 'none')
}

/** An answer that a fake peer gives. What it does not name is of no interest. */
export function answer(body: Body | string, more: Partial<CallResult> = {}): CallResult {
  return {
    call: 'call-1',
    status: 200,
    headers: [],
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    cid: 'bafy',
    peer: 'runner',
    route: { candidates: [], skipped: [] },
    attempts: [],
    ended: isStream(body) ? new Promise(() => {}) : Promise.resolve(),
    report: isStream(body) ? new Promise(() => {}) : Promise.resolve({ cold: false } as CallReport),
    ...more,
  }
}

function isStream(body: Body | string): boolean {
  return typeof body !== 'string' && !isWhole(body)
}

/** Answers everything with its own parameters, as JSON; the request's body as text. */
export const echo: Call = async (params) => {
  const { body = new Uint8Array(0), ...rest } = params
  const text = new TextDecoder().decode(await readWhole(body))
  return answer(JSON.stringify({ ...rest, whole: isWhole(body), text } satisfies Echo))
}

export type Echo = Omit<CallParams, 'body'> & { whole: boolean; text: string }

/** A body that is made by hand: gives pieces when told, and says what becomes of it. */
export function handMade(signal: AbortSignal | undefined): {
  body: Body
  give(text: string): void
  end(): void
  break(error: unknown): void
  /** Pieces that were asked for so far. */
  asked(): number
} {
  const given: (() => string | undefined)[] = []
  let wake = Promise.withResolvers<void>()
  let asked = 0
  const put = (make: () => string | undefined): void => {
    given.push(make)
    wake.resolve()
  }
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      asked += 1
      while (given.length === 0) {
        wake = Promise.withResolvers()
        signal?.addEventListener('abort', () => wake.reject(signal.reason), { once: true })
        await wake.promise
      }
      const text = given.shift()?.()
      if (text === undefined) return
      yield new TextEncoder().encode(text)
    }
  }
  return {
    body: pieces(),
    give: (text) => put(() => text),
    end: () => put(() => undefined),
    break: (error) =>
      put(() => {
        throw error
      }),
    asked: () => asked,
  }
}
