import { descriptorsOf, familyOf, rssBytesOf } from '../measure/proc.ts'
import { floorsOf, growing, MATTERS_DESCRIPTORS, MATTERS_MB, slopeOf, type Sample, type Slope } from './slope.ts'

/** A process that was watched for a while. */
export interface Watched {
  name: string
  pid: number
  alive: boolean
  /** It should have lived, and does not. */
  died: boolean
  rssMb: number
  /** Of the memory that it keeps, in MB; undefined: it came later, and what it fills at its start would look like one, or the soak was too short. */
  slope: Slope | undefined
  grows: boolean | undefined
  descriptors: { first: number; last: number; grow: boolean | undefined }
}

/** Looks at processes, and at whatever they start, again and again. */
export interface Watch {
  /** A process by name, which has to live on. */
  add(name: string, pid: number): void
  /** It will be killed, and is looked at no more. */
  release(pid: number): void
  look(): void
  /** What was seen since so long ago: what is filled once at the start is no slope. */
  seen(sinceMs: number): Watched[]
}

/** Numbers and nothing else, of each look one: as objects they would take 0.1 MB a minute of the app, which is this very process. */
interface Seen {
  name: string
  pid: number
  atMs: number[]
  rss: number[]
  descriptors: number[]
}

const unseen = (name: string, pid: number): Seen => ({ name, pid, atMs: [], rss: [], descriptors: [] })

function samples({ atMs }: Seen, values: readonly number[], sinceMs: number): Sample[] {
  return atMs.flatMap((at, look) => (at < sinceMs ? [] : [{ atMs: at, value: values[look] ?? 0 }]))
}

/** @param now A clock in ms. */
export function watch(now: () => number): Watch {
  const roots = new Map<number, string>()
  const all = new Map<number, Seen>()

  return {
    add: (name, pid) => void roots.set(pid, name),
    release: (pid) => void roots.delete(pid),
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
          const seen = all.get(pid) ?? unseen(name, pid)
          seen.name = at === 0 ? name : `${name}: started by it`
          all.set(pid, seen)
          seen.atMs.push(atMs)
          seen.rss.push(rss)
          seen.descriptors.push(descriptorsOf(pid))
        }
      }
    },
    seen(sinceMs) {
      // One that ended before the first look is missed all the same.
      const never = [...roots].filter(([pid]) => !all.has(pid)).map(([pid, name]) => unseen(name, pid))
      return [...all.values(), ...never].map((seen) => {
        const { name, pid, atMs, rss } = seen
        const came = atMs[0] ?? Infinity
        const floors = (values: readonly number[]): Sample[] =>
          came > sinceMs ? [] : floorsOf(samples(seen, values, sinceMs))
        const kept = floors(rss)
        const descriptors = samples(seen, seen.descriptors, sinceMs)
        const alive = rssBytesOf(pid) > 0
        return {
          name,
          pid,
          alive,
          died: !alive && roots.has(pid),
          rssMb: rss.at(-1) ?? 0,
          slope: slopeOf(kept),
          grows: growing(kept, MATTERS_MB),
          descriptors: {
            first: descriptors[0]?.value ?? 0,
            last: descriptors.at(-1)?.value ?? 0,
            grow: growing(floors(seen.descriptors), MATTERS_DESCRIPTORS),
          },
        }
      })
    },
  }
}
