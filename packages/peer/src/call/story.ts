import { toHitherError, type CallProgress, type HitherError, type Options } from '@hither/core'
import type { CallParams, CallStep, CallStory } from '../api.ts'
import { STORY_STEPS_MAX } from '../limits.ts'
import type { CallComponents, Journey } from './journey.ts'
import type { Answered, End } from './report.ts'
import { withData } from './with-data.ts'

/** How a call goes, told to whoever listens and kept for whoever asks later. */
export interface Telling {
  /** The call's id. */
  readonly call: string
  onProgress: (event: CallProgress) => void
  /** An answer is here, or begins. The rest of the story comes with its report. */
  answered(journey: Journey, answer: Answered): void
  /** The error, with the call's id. */
  failed(journey: Journey | undefined, error: HitherError): HitherError
}

export function telling(on: CallComponents, params: CallParams, options: Options<CallProgress>): Telling {
  const call = on.newId()
  const startedAt = on.now()
  const time = Math.round(on.wallClock())
  const steps: CallStep[] = []
  const tell = listener(options)
  const { target, method = 'GET', path = '/' } = params

  const keep = (
    journey: Journey | undefined,
    end: Pick<CallStory, 'outcome' | 'message' | 'peer' | 'predicted' | 'phases'>,
  ): void => {
    const { resolved, attempts = [] } = journey ?? {}
    on.stories.keep({
      call,
      target,
      method: method.toUpperCase(),
      path,
      ...(resolved !== undefined && { cid: resolved.cid.toString() }),
      ...(resolved?.name !== undefined && { name: resolved.name }),
      time,
      ms: on.now() - startedAt,
      steps,
      attempts,
      ...end,
    })
  }

  const ended = (journey: Journey, { result: { peer, route }, end }: Answered): void => {
    const predicted = route.candidates.find((candidate) => candidate.peer === peer)?.predicted
    const by = { peer, ...(predicted !== undefined && { predicted }) }
    const well = ({ phases }: End): void => keep(journey, { outcome: 'answered', ...by, phases })
    const ill = (thrown: unknown): void => {
      const { code, message } = toHitherError(thrown)
      keep(journey, { outcome: code, message, ...by })
    }
    if (end instanceof Promise) end.then(well, ill)
    else well(end)
  }

  return {
    call,
    onProgress(event) {
      steps.push({ atMs: on.now() - startedAt, event })
      if (steps.length > STORY_STEPS_MAX) steps.shift()
      tell(event)
    },
    answered: ended,
    failed(journey, error) {
      keep(journey, { outcome: error.code, message: error.message })
      return withData(error, { call })
    },
  }
}

/** What a listener throws is its own affair, and must not end up as a failure of the call or of its runner. */
function listener({ onProgress }: Options<CallProgress>): Telling['onProgress'] {
  return (event) => {
    try {
      onProgress?.(event)
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown
      })
    }
  }
}
