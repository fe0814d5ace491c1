import { descriptorsOf, familyOf, rssBytesOf } from '../measure/proc.ts'
import { floorsOf, growing, slopeOf, type Sample, type Slope } from './slope.ts'

/** A process that was watched for a while. */
export interface Watched {
  name: string
  pid: number
  alive: boolean
  rssMb: number
  /** Of the memory that it keeps, in MB; undefined: it came later, and what it fills at its start would look like one, or the soak was too short. */
  slope: Slope | undefined
  grows: boolean | undefined
  descriptors: { first: number; last: number }
}

/** Looks at processes, and at whatever they start, again and again. */
export interface Watch {
  /** A process by name. */
  add(name: string, pid: number): void
  look(): void
  /** What was seen since so long ago: what is filled once at the start is no slope. */
  seen(sinceMs: number): Watched[]
}

interface Seen {
  name: string
  pid: number
  rss: Sample[]
  descriptors: Sample[]
}

/** @param now A clock in ms. */
export function watch(now: () => number): Watch {
  const roots = new Map<number, string>()
  const all = new Map<number, Seen>()

  return {
    add: (name, pid) => void roots.set(pid, name),
    look() {
      const atMs = now()
      const taken = new Set<number>()
      // What came last first: a process that has a name of its own is none of whoever started it.
      for (const [root, name] of [...roots].toReversed()) {
        for (const [at, pid] of familyOf(root).entries()) {
          if (taken.has(pid)) continue
          taken.add(pid)
          const rss = rssBytesOf(pid) / 2 ** 20
          if (rss === 0) continue
          const seen = all.get(pid) ?? { name, pid, rss: [], descriptors: [] }
          seen.name = at === 0 ? name : `${name}: started by it`
          all.set(pid, seen)
          seen.rss.push({ atMs, value: rss })
          seen.descriptors.push({ atMs, value: descriptorsOf(pid) })
        }
      }
    },
    seen: (sinceMs) =>
      [...all.values()].map(({ name, pid, rss, descriptors }) => {
        const came = rss[0]?.atMs ?? Infinity
        const floors = came > sinceMs ? [] : floorsOf(rss.filter(({ atMs }) => atMs >= sinceMs))
        return {
          name,
          pid,
          alive: rssBytesOf(pid) > 0,
          rssMb: rss.at(-1)?.value ?? 0,
          slope: slopeOf(floors),
          grows: growing(floors),
          descriptors: {
            first: descriptors.find(({ atMs }) => atMs >= sinceMs)?.value ?? 0,
            last: descriptors.at(-1)?.value ?? 0,
          },
        }
      }),
  }
}
