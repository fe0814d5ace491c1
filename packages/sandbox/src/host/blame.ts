import { HitherError } from '@hither/core'
import { LOAD_CPU_MS } from '../guest/wall/limits.ts'
import type { Resident } from './residents.ts'
import type { Ticket } from './ticket.ts'

/** Whose fault it is that a process has to go, and what their calls are told. Others are told of a neighbour. */
export interface Blame {
  guilty: (ticket: Ticket) => boolean
  error: HitherError
}

export function overCpu(burner: Ticket): Blame {
  return {
    guilty: (ticket) => ticket === burner,
    error: new HitherError('limit-cpu', 'the function went over its limit of processor time', {
      why: `it may take ${burner.job.manifest.limits.cpuMs} ms per call`,
      fix: 'do less in one call, or raise `limits.cpuMs` of the function',
    }),
  }
}

/** Loading is not charged to the call that it is for. */
export function overLoadCpu(slow: Resident): Blame {
  return {
    guilty: ({ fn }) => fn === slow.number,
    error: new HitherError('handler-invalid', 'the function takes too long to load', {
      why: `its top level may take ${LOAD_CPU_MS} ms of processor time`,
      fix: 'do the work in the handler, not while the module loads',
    }),
  }
}

/** Its caller was told already; this is what its neighbours learn. */
export function wontYield(stubborn: Ticket | undefined): Blame {
  return {
    guilty: (ticket) => ticket === stubborn,
    error: new HitherError('timeout', 'a call went on after it was cancelled, or after it had answered'),
  }
}

export function overMemory(suspect: Resident): Blame {
  return {
    guilty: ({ fn }) => fn === suspect.number,
    error: new HitherError('limit-memory', 'the function went over its memory limit', {
      why: `it may use ${Math.round(suspect.memoryBytes / 1024 / 1024)} MB`,
      fix: 'hold less at once, or raise `limits.memoryMb` of the function',
    }),
  }
}

export function crashed(why: string, blame: Blame | undefined): HitherError {
  return new HitherError('sandbox-crashed', 'the process that ran the call died', {
    why: blame === undefined ? why : `a neighbour function of the same publisher broke it: ${blame.error.message}`,
    fix: 'call again; declare `effects` in the function so that hither may do that by itself',
  })
}

export function catastrophe(text: string, guilty: Resident | undefined): Blame {
  const error = /memory/i.test(text)
    ? new HitherError('limit-memory', 'the function went over its memory limit', { why: text })
    : new HitherError('sandbox-crashed', 'V8 lost control of the function', { why: text })
  return { guilty: ({ fn }) => fn === guilty?.number, error }
}

/** What isolated-vm would say, if there were anybody left to say it. */
export function asleep(guilty: Resident | undefined): Blame {
  return catastrophe('its thread sleeps for ever: V8 ran out of memory in the middle of a turn', guilty)
}

export function unasked(what: string, id: number): HitherError {
  return new HitherError('bad-message', `a sandbox process answered "${what}" for ${id}, which it was not asked`)
}
