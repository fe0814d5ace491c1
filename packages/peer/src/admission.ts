import { HitherError, isPublisherId, publicKeyOf, type Profile, type PublisherId } from '@hither/core'
import { changeJson, readJson } from './home/json.ts'

/** Whose code this machine runs and stores: its own publisher's, and that of whomever its owner trusts. */
export interface Admission {
  /** True for everybody's code, also code that nobody signs for. */
  readonly anyone: boolean
  list(): PublisherId[]
  /** Undefined stands for a function that no known publisher vouches for. */
  admits(publisher: PublisherId | undefined): boolean
  /** How hard the jail is in which their functions run. */
  profile(publisher: PublisherId | undefined): Profile
  /** Throws `bad-name`. */
  add(publisher: PublisherId): Promise<void>
  remove(publisher: PublisherId): Promise<void>
}

export interface AdmissionInit {
  /** The file that keeps the list. */
  path: string
  self: PublisherId
  /** Trusted while this process runs, beside those in the file. */
  also: readonly PublisherId[]
  anyone: boolean
}

export async function loadAdmission({ path, self, also, anyone }: AdmissionInit): Promise<Admission> {
  let kept = readList(path, await readJson(path))
  const given = new Set(also)
  const trusts = (publisher: PublisherId | undefined): boolean =>
    publisher !== undefined && (publisher === self || kept.includes(publisher) || given.has(publisher))
  const change = (make: (before: PublisherId[]) => PublisherId[]): Promise<void> =>
    changeJson(path, (before) => {
      kept = make(readList(path, before))
      return { after: kept, result: undefined }
    })
  return {
    anyone,
    list: () => [...new Set([...kept, ...given])].toSorted(),
    admits: (publisher) => anyone || trusts(publisher),
    profile: (publisher) => (trusts(publisher) ? 'trusted' : 'strangers'),
    async add(publisher) {
      publicKeyOf(publisher)
      await change((before) => [...new Set([...before, publisher])])
    },
    async remove(publisher) {
      const was = kept.includes(publisher) || given.has(publisher)
      given.delete(publisher)
      await change((before) => before.filter((one) => one !== publisher))
      if (!was) throw new HitherError('unknown-name', `${publisher} was not trusted`)
    },
  }
}

function readList(path: string, value: unknown): PublisherId[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((key) => typeof key === 'string' && isPublisherId(key))) return value
  throw new HitherError('bad-config', `${path} is not a list of keys`, {
    fix: 'mend the file, or move it away and trust those publishers again',
  })
}
