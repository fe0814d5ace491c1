import { toHitherError, type CallProgress, type HitherError, type Options } from '@hither/core'
import type { CallParams, CallStep, CallStory } from '../api.ts'
import { STORY_STEPS_MAX, STORY_WHY_MAX_CHARS } from '../limits/kept.ts'
import { tell } from '../tell.ts'
import type { CallComponents, Journey } from './journey.ts'
import type { Answered } from './report.ts'
import { withData } from './with-data.ts'

/** How a call goes, told to whoever listens and kept for whoever asks later. */
export interface Telling {
  /** The call's id. */
  readonly call: string
  onProgress: (event: CallProgress) => void
  /** An answer is here, or begins. The rest of the story comes at its end. */
  answered(journey: Journey, answer: Answered): void
  /** The error, with the call's id. */
  failed(journey: Journey | undefined, error: HitherError): HitherError
}

export function telling(
  on: CallComponents,
  params: CallParams,
  options: Options<CallProgress>,
  startedAt: number,
): Telling {
  return new CallTelling(on, params, options.onProgress, startedAt)
}

type Ending = Pick<CallStory, 'outcome' | 'message' | 'why' | 'fix' | 'peer' | 'predicted' | 'phases'>

class CallTelling implements Telling {
  readonly call: string
  private readonly on: CallComponents
  private readonly params: CallParams
  private readonly listener: Options<CallProgress>['onProgress']
  private readonly startedAt: number
  private readonly time: number
  private readonly steps: CallStep[] = []

  constructor(
    on: CallComponents,
    params: CallParams,
    listener: Options<CallProgress>['onProgress'],
    startedAt: number,
  ) {
    this.call = on.newId()
    this.on = on
    this.params = params
    this.listener = listener
    this.startedAt = startedAt
    this.time = Math.round(on.wallClock())
  }

  readonly onProgress = (event: CallProgress): void => {
    this.steps.push({ atMs: this.on.now() - this.startedAt, event })
    if (this.steps.length > STORY_STEPS_MAX) this.steps.shift()
    tell(this.listener, event)
  }

  answered(journey: Journey, { result, end }: Answered): void {
    const ended = (how: Ending): void => this.keep(journey, endedBy(result, how))
    if (end instanceof Promise) {
      end.then(
        ({ phases }) => ended({ outcome: 'answered', phases }),
        (thrown: unknown) => ended(failure(toHitherError(thrown))),
      )
    } else ended({ outcome: 'answered', phases: end.phases })
  }

  failed(journey: Journey | undefined, error: HitherError): HitherError {
    this.keep(journey, failure(error))
    return withData(error, { call: this.call })
  }

  private keep(journey: Journey | undefined, end: Ending): void {
    const { call, time, steps } = this
    const { target, method = 'GET', path = '/' } = this.params
    const { resolved, header, attempts = [] } = journey ?? {}
    const story: CallStory = {
      ...end,
      call,
      target,
      method: method.toUpperCase(),
      path,
      time,
      ms: this.on.now() - this.startedAt,
      steps,
      attempts,
    }
    if (header?.trace !== undefined) story.trace = header.trace
    if (resolved !== undefined) story.cid = resolved.cid.toString()
    if (resolved?.name !== undefined) story.name = resolved.name
    this.on.stories.keep(story)
  }
}

function endedBy({ peer, route }: Answered['result'], ending: Ending): Ending {
  const predicted = route.candidates.find((candidate) => candidate.peer === peer)?.predicted
  ending.peer = peer
  if (predicted !== undefined) ending.predicted = predicted
  return ending
}

function failure({ code, message, why, fix }: HitherError): Ending {
  return {
    outcome: code,
    message,
    ...(why !== undefined && { why: why.slice(0, STORY_WHY_MAX_CHARS) }),
    ...(fix !== undefined && { fix: fix.slice(0, STORY_WHY_MAX_CHARS) }),
  }
}
