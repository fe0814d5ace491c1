import { setTimeout as pause } from 'node:timers/promises'
import { toHitherError } from '@hither/core'
import { connectControl, type Ended } from '@hither/peer'
import { flag, positionals } from '../options.ts'
import { count } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

/** Once the peer has ended its process is gone within milliseconds; one that stays is nobody's to wait for (a zombie, say). */
const GONE_MAX_MS = 5000
const LOOK_MS = 20

export const verb: Verb = {
  usage: 'down [--now]',
  summary: 'end this machine’s peer; what runs may finish',
  options: { now: { type: 'boolean', help: 'cut what runs' } },
  async run({ args, options, home, out, signal }) {
    positionals(verb, args, [])
    const control = await connectControl(home.socket)
    if (control === undefined) return out.result({ ended: false }, () => 'no peer was running')
    const now = flag(options, 'now')
    if (!now) out.note('ending: no new calls are taken, running ones may finish (fn down --now cuts them)')
    const asked = control.down({ now })
    const ended = await asked.catch((thrown: unknown) => {
      // It was ended at once by somebody else, and could not say what became of its calls.
      if (toHitherError(thrown).code === 'peer-unreachable') return undefined
      throw thrown
    })
    control.close()
    if (ended !== undefined) await gone(ended.pid, signal)
    out.result({ ended: true, ...(ended && { finished: ended.finished, cut: ended.cut }) }, () => words(ended))
  },
}

function words(ended: Ended | undefined): string {
  if (ended === undefined) return 'the peer has ended, without a word on its calls'
  const { finished, cut } = ended
  if (finished + cut === 0) return 'the peer has ended; nothing was running'
  return `the peer has ended; ${count(finished, 'call')} finished, ${cut} ${cut === 1 ? 'was' : 'were'} cut`
}

async function gone(pid: number, signal: AbortSignal): Promise<void> {
  for (let waitedMs = 0; waitedMs < GONE_MAX_MS && isAlive(pid); waitedMs += LOOK_MS) {
    await pause(LOOK_MS, undefined, { signal })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    // No such process. One of another user would not have let us near its socket.
    return false
  }
}
