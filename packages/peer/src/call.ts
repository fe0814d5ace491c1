import { isRepeatable, toHitherError, type CallProgress, type CID, type Manifest, type Options } from '@hither/core'
import type { CallParams } from './api.ts'
import { firstAnswer } from './call/copies.ts'
import type { Deadline } from './call/deadline.ts'
import { requestHeader, type CallComponents, type Journey } from './call/journey.ts'
import { answered, type Answered } from './call/report.ts'
import { requestBody } from './call/request-body.ts'
import { isBoundElsewhere, nextRoute } from './call/route.ts'
import { telling, type Telling } from './call/story.ts'
import { wantsOf, type Known } from './call/wants.ts'
import type { Functions } from './functions.ts'
import { replayKey } from './replay-key.ts'

/**
 * The life of a call, on the caller's side:
 *
 * 1. the name is resolved to a function;
 * 2. the router chooses a runner, nearest first;
 * 3. the call is sent, and a second copy where the answer is late and it may run twice;
 * 4. after a refusal, or a failure that this call may repeat, the next runner is tried inside the same deadline;
 * 5. the answer is given as soon as it is here, or begins, with who runs it;
 * 6. at its end it is checked against its receipt, which is kept, and what was seen teaches the router.
 *
 * Throws what kept it from an answer: `no-runner`, `unknown-name`, `timeout`, the handler's own error, …
 */
export async function call(on: CallComponents, params: CallParams, options: Options<CallProgress>): Promise<Answered> {
  const startedAt = on.now()
  const body = requestBody(params.body)
  const told = telling(on, params, options, startedAt)
  let deadline: Deadline | undefined
  let journey: Journey | undefined
  const over = (): void => {
    deadline?.stop()
    body.leave()
  }
  try {
    deadline = on.deadlines.begin({ deadlineMs: params.deadlineMs, signal: options.signal, startedAt })
    // Of most calls all is known, and nothing is waited for but the answer.
    const resolving = on.resolver.resolve(params.target, { signal: deadline.signal, keep: params.keepName !== false })
    const resolved = resolving instanceof Promise ? await resolving : resolving
    const knowing = knownHere(on, resolved.cid)
    const known = knowing instanceof Promise ? await knowing : knowing
    journey = setOut(on, params, told, { body, deadline, startedAt, resolved, known })
    foresee(on, journey, known)
    for (;;) {
      const routing = nextRoute(on, journey)
      const route = routing instanceof Promise ? await routing : routing
      if (isBoundElsewhere(on, journey, route)) continue
      told.onProgress({ type: 'call:routed', route })
      const won = await firstAnswer(on, journey, route)
      if (won === undefined) continue
      const answer = answered(on, journey, won)
      told.answered(journey, answer)
      if (answer.end instanceof Promise) {
        deadline.begun()
        answer.end.then(over, over)
      } else over()
      return answer
    }
  } catch (error) {
    over()
    throw told.failed(journey, toHitherError(error))
  }
}

/** What a call begins with. */
type Outset = Pick<Journey, 'body' | 'deadline' | 'startedAt' | 'resolved'> & { known: Omit<Known, 'aliases'> }

/** From here on it is known what is called. Throws `usage`. */
function setOut(
  on: CallComponents,
  params: CallParams,
  { call: id, onProgress }: Telling,
  { body, deadline, startedAt, resolved, known }: Outset,
): Journey {
  const { cid, record } = resolved
  const { manifest } = known
  if (manifest !== undefined) deadline.allow(manifest.limits.wallMs)
  const resolveMs = on.now() - startedAt
  const said = { type: 'call:resolved', cid: cid.toString(), ms: resolveMs } as const
  onProgress(record === undefined ? said : { ...said, record })
  const header = requestHeader(params, resolved)
  const once = header.idempotencyKey !== undefined && !isRepeatable(header.method, manifest?.effects)
  return {
    call: id,
    resolved,
    header,
    body,
    wants: wantsOf(params, resolved, body, { ...known, aliases: on.aliases }),
    ...(once && { replayKey: replayKey(header, body.digest()) }),
    hedge: params.hedge,
    hedged: false,
    after: undefined,
    startedAt,
    deadline,
    attempts: [],
    tried: new Map(),
    patience: { waitMs: params.waitMs },
    resolveMs,
    routeMs: 0,
    onProgress,
  }
}

/** Where it can only come here, this peer makes ready for it while it is on its way. */
function foresee(on: CallComponents, { header }: Journey, { manifest }: Outset['known']): void {
  if (manifest === undefined || !on.placement.isAlone(on.links.self)) return
  const { cid, publisher, name } = header
  on.expect({ cid, ...(publisher !== undefined && { publisher }), ...(name !== undefined && { name }), manifest })
}

/** What is known of a function without asking anybody: of one that is not on this machine, nothing. */
function knownHere({ functions }: CallComponents, cid: CID): Outset['known'] | Promise<Outset['known']> {
  const manifest = functions.local(cid)
  if (manifest === undefined) return NOT_HERE
  return manifest instanceof Promise
    ? manifest.then((read) => measured(functions, read))
    : measured(functions, manifest)
}

const NOT_HERE: Outset['known'] = { manifest: undefined, bundleBytes: undefined }

function measured(functions: Functions, manifest: Manifest | undefined): Outset['known'] | Promise<Outset['known']> {
  const bytes = manifest && functions.bundleBytes(manifest)
  return bytes instanceof Promise
    ? bytes.then((bundleBytes) => ({ manifest, bundleBytes }))
    : { manifest, bundleBytes: bytes }
}
