import { HitherError, type CallProgress, type Route } from '@hither/core'
import type { Logger } from 'pino'
import type { CallStory } from './api.ts'
import { keptCalls } from './kept-calls.ts'
import { STORIES_FILE_MAX_BYTES, STORIES_PER_FLUSH_MAX, STORY_CANDIDATES_MAX, STORY_STEPS_MAX } from './limits/kept.ts'

/** How the newest calls that were made here went, by the call's id. */
export interface KeptStories {
  /** Takes no time; on disk soon. Of a flood only the newest are kept. */
  keep(story: CallStory): void
  /** Throws `unknown-call`. */
  find(call: string): Promise<CallStory>
  /** Writes what is not on disk yet. */
  flush(): Promise<void>
}

export interface KeptStoriesComponents {
  /** The file, and, with `.old` behind it, the one before it. */
  path: string
  log: Logger
}

export function keptStories({ path, log }: KeptStoriesComponents): KeptStories {
  const what = 'accounts of calls'
  const bounds = { maxBytes: STORIES_FILE_MAX_BYTES, perFlushMax: STORIES_PER_FLUSH_MAX }
  const calls = keptCalls({ path, what, ...bounds, contentOf: shortened }, log)
  return {
    keep: (story) => calls.keep(story),
    async find(call) {
      const found = await calls.find(call).catch((cause: unknown) => {
        throw unknownCall(call, 'the file that keeps it was damaged', cause)
      })
      // What this very peer wrote of its own calls needs no second look.
      if (found !== undefined) return found as CallStory
      throw unknownCall(call, 'this machine keeps that of its own newest calls')
    },
    flush: () => calls.flush(),
  }
}

function unknownCall(call: string, why: string, cause?: unknown): HitherError {
  return new HitherError('unknown-call', `nothing is known of the call "${call}"`, {
    why,
    fix: 'take the id that `fn invoke` prints, or with --json as "call"',
    cause,
  })
}

function shortened(story: CallStory): CallStory {
  const steps = story.steps.slice(-STORY_STEPS_MAX)
  return { ...story, steps: steps.map(({ atMs, event }) => ({ atMs, event: shortEvent(event) })) }
}

function shortEvent(event: CallProgress): CallProgress {
  return event.type === 'call:routed' ? { type: event.type, route: shortRoute(event.route) } : event
}

/** The best candidates, and the chosen one in any case. */
function shortRoute(route: Route): Route {
  const candidates = route.candidates.filter(({ peer }, at) => at < STORY_CANDIDATES_MAX || peer === route.choice)
  return { ...route, candidates, skipped: route.skipped.slice(0, STORY_CANDIDATES_MAX) }
}
