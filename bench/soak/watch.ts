import { descriptorsOf, familyOf, rssBytesOf } from '../measure/proc.ts'
import { Looks } from './looks.ts'
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

interface Seen {
  name: string
  pid: number
  /** Undefined once it has ended: those that are killed are many. */
  looks: Looks | undefined
  rssMb: number
}

/**
 * @param now A clock in ms.
 * @param most Looks at each.
 */
export function watch(now: () => number, most: number): Watch {
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
          const seen = all.get(pid) ?? { name, pid, looks: new Looks(most), rssMb: 0 }
          seen.name = at === 0 ? name : `${name}: started by it`
          seen.rssMb = rss
          all.set(pid, seen)
          seen.looks?.add(atMs, rss, descriptorsOf(pid))
        }
      }
      for (const [pid, seen] of all) {
        if (seen.looks !== undefined && !taken.has(pid) && rssBytesOf(pid) === 0) seen.looks = undefined
      }
    },
    seen(sinceMs) {
      // One that ended before the first look is missed all the same.
      const never = [...roots]
        .filter(([pid]) => !all.has(pid))
        .map(([pid, name]) => ({ name, pid, rssMb: 0, looks: undefined }))
      return [...all.values(), ...never].map(({ name, pid, rssMb, looks = new Looks(0) }) => {
        const floors = (samples: Sample[]): Sample[] => (looks.firstMs > sinceMs ? [] : floorsOf(samples))
        const kept = floors(looks.rssMb(sinceMs))
        const descriptors = looks.descriptors(sinceMs)
        const alive = rssBytesOf(pid) > 0
        return {
          name,
          pid,
          alive,
          died: !alive && roots.has(pid),
          rssMb,
          slope: slopeOf(kept),
          grows: growing(kept, MATTERS_MB),
          descriptors: {
            first: descriptors[0]?.value ?? 0,
            last: descriptors.at(-1)?.value ?? 0,
            grow: growing(floors(descriptors), MATTERS_DESCRIPTORS),
          },
        }
      })
    },
  }
}
