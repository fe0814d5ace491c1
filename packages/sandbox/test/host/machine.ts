import { Concurrency } from '../../src/host/concurrency.ts'

export interface Machine {
  cores: number
  slots: number
  /** What one call takes of a core, and then waits for something else, in ms. */
  cpuMs: number
  ioMs: number
  /** By what part a call takes longer for each other one that runs or waits for others: caches and memory are shared. */
  crowding: number
}

export interface Came {
  completed: number
  refused: number
  /** What it takes at once in the end. */
  slots: number
  /** The longest that a call was in it, over the last half, in ms. */
  longestMs: number
}

/** A runner in virtual time, offered a call every `everyMs`, which decides by the shipped rule how many it takes. */
export function runMachine(machine: Machine, everyMs: number, lastsMs: number): Came {
  const { cores, slots, cpuMs, ioMs, crowding } = machine
  let now = 0
  const rule = new Concurrency({
    lent: { cores, slots, queue: Math.max(4, Math.ceil(slots / 4)) },
    now: () => now,
    running: () => running(),
  })
  const queue: number[] = []
  /** Ends of what has a core, then of what has left it. */
  const onCore: { ends: number; came: number }[] = []
  let away: { ends: number; came: number }[] = []
  const came: Came = { completed: 0, refused: 0, slots: 0, longestMs: 0 }
  const running = (): number => onCore.length + away.length

  const pump = (): void => {
    while (queue.length > 0 && onCore.length < cores && running() < rule.slots) {
      const takes = cpuMs * (1 + crowding * running())
      onCore.push({ ends: now + takes, came: queue.shift() ?? 0 })
    }
    rule.waits(running() < rule.slots ? queue.length * cpuMs : 0)
  }

  for (let next = 0; now < lastsMs;) {
    const ends = [...onCore, ...away].map((one) => one.ends)
    now = Math.min(next, ...ends)
    for (const one of onCore.filter((it) => it.ends <= now)) {
      onCore.splice(onCore.indexOf(one), 1)
      away.push({ ends: now + ioMs, came: one.came })
    }
    for (const one of away.filter((it) => it.ends <= now)) {
      rule.answered()
      if (now > lastsMs / 2) {
        came.completed += 1
        came.longestMs = Math.max(came.longestMs, now - one.came)
      }
    }
    away = away.filter((it) => it.ends > now)
    if (next <= now) {
      next += everyMs
      if (running() + queue.length < rule.slots + rule.queue) queue.push(now)
      else came.refused += 1
    }
    pump()
  }
  return { ...came, slots: rule.slots }
}
