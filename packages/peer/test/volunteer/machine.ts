import { dirname } from 'node:path'
import type { Machine } from '../../src/volunteer/machine.ts'
import type { Timers } from '../../src/timers.ts'

/** A machine that a test plays. What it does not have cannot be read. */
export interface FakeMachine extends Machine {
  files: Map<string, string>
  /** When each file was last read from, in ms since 1970. */
  readTimes: Map<string, number>
  /** What commands print, by their names; an error is what they end with. */
  commands: Map<string, string | Error>
  disk: number
  /** Reads of files and runs of commands so far. */
  readonly reads: string[]
  /** Files that never answer. */
  readonly hung: Set<string>
  timers: Timers
  /** Timers that wait now. */
  waiting(): number
  /** Lets time pass, and whatever was to happen in it. */
  pass(ms: number): Promise<void>
}

interface Waiting {
  at: number
  run: () => void
}

export function fakeMachine(platform: NodeJS.Platform = 'linux'): FakeMachine {
  let now = 0
  const waiting = new Set<Waiting>()
  const files = new Map<string, string>()
  const readTimes = new Map<string, number>()
  const commands = new Map<string, string | Error>()
  const hung = new Set<string>()
  const reads: string[] = []
  const answer = <T>(path: string, value: T | undefined): Promise<T> => {
    reads.push(path)
    if (hung.has(path)) return new Promise(() => {})
    return value === undefined ? Promise.reject(new Error(`ENOENT: ${path}`)) : Promise.resolve(value)
  }
  const below = (folder: string): string[] | undefined => {
    const names = [...files.keys(), ...readTimes.keys()]
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1).split('/')[0] ?? '')
    return names.length === 0 ? undefined : [...new Set(names)]
  }
  const machine: FakeMachine = {
    platform,
    pid: 100,
    files,
    readTimes,
    commands,
    hung,
    reads,
    disk: 100e9,
    now: () => now,
    // A Friday, 12:00 of this machine's clock.
    wallClock: () => new Date(2026, 10, 27, 12).getTime() + now,
    read: (path) => answer(path, files.get(path)),
    list: (path) => answer(path, below(path)),
    readAt: (path) => answer(path, readTimes.get(path)),
    freeDisk: (path) => answer(dirname(path), machine.disk),
    freeMemory: () => 5e9,
    async run(file, args) {
      const printed = await answer([file, ...args].join(' '), commands.get(file) ?? new Error(`no ${file}`))
      if (printed instanceof Error) throw printed
      return printed
    },
    timers: {
      after(ms, run) {
        const one = { at: now + ms, run }
        waiting.add(one)
        return () => waiting.delete(one)
      },
    },
    waiting: () => waiting.size,
    async pass(ms) {
      const end = now + ms
      for (;;) {
        await settle()
        const next = [...waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        waiting.delete(next)
        now = Math.max(now, next.at)
        next.run()
      }
      now = end
      await settle()
    },
  }
  return machine
}

/** All that needs no time has happened. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((go) => setImmediate(go))
}

/** A machine with everything a detector could ask, on mains and with nobody at it for a day. */
export function laptop(): FakeMachine {
  const machine = fakeMachine()
  const { files, commands, readTimes } = machine
  files.set('/sys/class/power_supply/AC/type', 'Mains\n').set('/sys/class/power_supply/AC/online', '1\n')
  files.set('/sys/class/power_supply/BAT0/type', 'Battery\n').set('/sys/class/power_supply/BAT0/status', 'Full\n')
  files.set('/proc/meminfo', 'MemTotal: 16000000 kB\nMemAvailable: 8000000 kB\n')
  files.set('/proc/stat', 'cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\n')
  files.set('/proc/100/task/100/children', '').set('/proc/100/stat', processStat(0))
  commands.set('busctl', 'b true\nt 1000000\n')
  readTimes.set('/dev/pts/0', 0)
  return machine
}

/** A line of /proc/PID/stat: its own time, and that of its children that ended, in ticks. */
export function processStat(own: number, ended = 0): string {
  return `100 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 ${own} 0 ${ended} 0 20 0`
}
