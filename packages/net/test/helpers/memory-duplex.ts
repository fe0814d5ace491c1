import type { Duplex, DuplexEvents } from '../../src/duplex.ts'

/** One end of a stream in memory. What is sent arrives at the other end in a microtask, in order. */
export interface MemoryDuplex extends Duplex {
  /** Everything sent, write by write. */
  readonly writes: Uint8Array[]
  /** While true, `send` takes no more after each write, until `drain`. */
  slow: boolean
  drain(): void
  aborted: Error | undefined
  /** How often the other side was let send another window. */
  admitted: number
  /** How long each goodbye might take, in ms. */
  goodbyes: (number | undefined)[]
}

export function memoryPair(): [MemoryDuplex, MemoryDuplex] {
  const left = end(() => right)
  const right = end(() => left)
  return [left, right]
}

type End = MemoryDuplex & { events: DuplexEvents | undefined; early: (() => void)[]; over: boolean }

function end(other: () => End): End {
  const deliver = (what: (events: DuplexEvents) => void): void => {
    queueMicrotask(() => {
      const target = other()
      if (target.over) return
      if (target.events === undefined) target.early.push(() => target.events && what(target.events))
      else what(target.events)
    })
  }
  const self: End = {
    writes: [],
    slow: false,
    aborted: undefined,
    admitted: 0,
    goodbyes: [],
    events: undefined,
    early: [],
    over: false,
    send(bytes) {
      if (self.over) return false
      self.writes.push(bytes)
      deliver((events) => events.data(bytes))
      return !self.slow
    },
    listen(events) {
      self.events = events
      for (const happen of self.early.splice(0)) happen()
    },
    drain: () => self.events?.drain(),
    admit: () => void (self.admitted += 1),
    async close(withinMs) {
      self.goodbyes.push(withinMs)
      deliver((events) => events.end())
    },
    abort(why) {
      if (self.over) return
      self.over = true
      self.aborted = why
      deliver((events) => events.end(new Error('reset')))
    },
  }
  return self
}
