import { FleetingSet, HitherError, isWhole, toHitherError } from '@hither/core'
import type { KeptReceipt } from '@hither/peer'
import { readAsked, type FetchInit } from './asked.ts'
import type { CallOptions } from './call-options.ts'
import { CallResponse } from './call-response.ts'
import type { Answer, CallInfo, Carrier } from './carrier.ts'
import { functionsOver, type Functions } from './functions.ts'
import { leash, type Leash } from './leash.ts'
import { responseOf } from './response.ts'

/** The functions that can be reached from here. */
export interface Net<Info extends CallInfo = CallInfo> extends AsyncDisposable {
  /**
   * Calls a function: `name`, `petname/name`, `publisher/name` or a CID. The request is a path, or whatever `fetch` takes, of whose
   * URL path and query count. Throws a HitherError for what keeps the call from an answer; statuses of the function never throw,
   * and redirects are handed over. The body comes as the function makes it: what breaks it errors its stream, cancelling it
   * cancels the call.
   */
  fetch(name: string, request?: string | URL | Request, init?: FetchInit): Promise<Response>
  /**
   * The functions that a handler's module exports, to be called as if they were here:
   * `net.functions<typeof import('./handler.ts')>('name')`. What they throw is thrown here, with its name; for arguments that
   * cannot be copied, a DataCloneError. The options hold for each call; a client costs nothing, so make another where they differ.
   */
  functions<Module extends object>(name: string, options?: CallOptions): Functions<Module>
  /**
   * The runner's signed statement about a call, checked: by its answer, whose end this waits for, so read the body; or by
   * its id. Throws `unknown-receipt`, `bad-answer`, what broke the answer, and `usage` for a response from elsewhere.
   */
  receipt(call: Response | string): Promise<KeptReceipt>
  /** Who ran it, and what else is known of the call behind an answer. Throws `usage` for a response from elsewhere. */
  info(response: Response): Info
  /**
   * The stack of what a call threw, with places in the function's sources in place of `fn:CID:1:2345`, as far as its source map can be
   * had. Through a gateway it stays as it is. Throws `usage`.
   */
  explain(error: unknown): Promise<string>
  /** Ends what still runs, as `cancelled`, and leaves. From then on everything throws `usage`. */
  close(): Promise<void>
}

export function netOver<Info extends CallInfo>(carrier: Carrier<Info>): Net<Info> {
  const running = new FleetingSet<Leash>()
  let closing: Promise<void> | undefined

  function refuseIfClosed(): void {
    if (closing !== undefined) throw new HitherError('usage', 'this net is closed', { fix: 'connect() again' })
  }

  const fetch: Net['fetch'] = async (name, request = '/', init = {}) => {
    const asked = readAsked(name, request, init)
    refuseIfClosed()
    const held = leash(asked.signal)
    running.add(held)
    const over = (): void => {
      running.delete(held)
      held.drop()
    }
    try {
      const answer = await carrier.call(asked, held.signal)
      if (isWhole(answer.body)) over()
      else answer.ended().then(over, over)
      return await responseOf(answer, net, () => held.cut(new HitherError('cancelled', 'the answer was left')))
    } catch (error) {
      over()
      throw toHitherError(error)
    }
  }

  function knownOf(response: Response): Pick<Answer<Info>, 'info' | 'ended'> {
    const known = CallResponse.known(response, net) as Pick<Answer<Info>, 'info' | 'ended'> | undefined
    if (known !== undefined) return known
    throw new HitherError('usage', 'this response did not come from this net', {
      fix: 'give the very object that net.fetch gave, no clone of it; or the id of the call',
    })
  }

  async function close(): Promise<void> {
    if (closing === undefined) {
      for (const held of running) held.cut(new HitherError('cancelled', 'the net was closed'))
      closing = carrier.close()
    }
    return closing
  }

  const net: Net<Info> = {
    fetch,
    functions: (name, options = {}) => functionsOver(fetch, name, options),
    async receipt(call) {
      refuseIfClosed()
      if (typeof call === 'string') return carrier.receipt(call)
      const known = knownOf(call)
      await known.ended()
      return carrier.receipt(known.info().call)
    },
    info: (response) => knownOf(response).info(),
    async explain(error) {
      refuseIfClosed()
      const stack = stackOf(error)
      // What went wrong is the error itself; that it could not be made more readable is nothing beside it.
      return carrier.explain(stack).catch(() => stack)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
  return net
}

/** A handler's own, where the call failed by it. */
function stackOf(error: unknown): string {
  const { data } = error instanceof HitherError ? error : {}
  if (typeof data?.['stack'] === 'string') return data['stack']
  return error instanceof Error && error.stack !== undefined ? error.stack : String(error)
}
