import { randomBytes } from 'node:crypto'
import { HitherError, type Options } from '@hither/core'
import { checkSecretKey, SECRET_HIDDEN_MIN_CHARS, SECRET_RUNNERS_MAX } from '@hither/core/secrets'
import type { PeerApi } from '../api.ts'
import { ownName } from '../own-name.ts'
import type { Parts } from '../parts.ts'
import type { SecretsChanged } from './api.ts'
import { changeSecrets, type ChangeComponents } from './change.ts'
import { qualify, type QualifyComponents } from './qualify.ts'
import type { OwnSecrets } from './vault.ts'

export type OwnSecretsApi = Pick<PeerApi, 'secretSet' | 'secretRemove' | 'secretRunners' | 'secretList'>

/** What a publisher does with the secrets of its names. */
export function ownSecrets(parts: Parts, oneAtATime: ChangeComponents['oneAtATime']): OwnSecretsApi {
  const { signer, links, secrets, names, functions } = parts
  const on: ChangeComponents & QualifyComponents = {
    ...parts,
    ...secrets,
    oneAtATime,
    random: (count) => Uint8Array.from(randomBytes(count)),
    publisher: signer.publisher,
    get isRunner() {
      return parts.volunteer.on
    },
  }
  const nameOf = (text: string): string => ownName(text, 'keep secrets of', parts)

  async function change(
    name: string,
    decide: (before: OwnSecrets) => Promise<Pick<OwnSecrets, 'values' | 'runners'>>,
    options: Options,
  ): Promise<SecretsChanged> {
    let keys: string[] = []
    const decided = async (before: OwnSecrets): ReturnType<typeof decide> => {
      const after = await decide(before)
      if (after.runners.length > SECRET_RUNNERS_MAX) throw tooMany(after.runners.length)
      keys = Object.keys(after.values).toSorted()
      return after
    }
    const { record, told } = await changeSecrets(on, name, decided, options)
    const { sequence, runners } = record
    const keptBy = told.keptBy.filter((peer) => runners.includes(peer))
    return { name: `${signer.publisher}/${name}`, sequence, keys, runners, keptBy, notKeptBy: told.notKeptBy }
  }

  async function declares(name: string, key: string): Promise<boolean | undefined> {
    const cid = names.get(signer.publisher, name)?.cid
    const manifest = cid === null || cid === undefined ? undefined : await functions.local(cid)
    return manifest && manifest.secrets?.includes(key) === true
  }

  return {
    async secretSet({ name: text, key, value, runners: wished }, options = {}) {
      const name = nameOf(text)
      checkSecretKey(key)
      const changed = await change(
        name,
        async ({ values, runners }) => {
          const more = wished === undefined && runners.length > 0 ? [] : await qualify(on, name, wished, options)
          return { values: { ...values, [key]: value }, runners: [...new Set([...runners, ...more])] }
        },
        options,
      )
      const declared = await declares(name, key)
      return {
        ...changed,
        ...(declared !== undefined && { declared }),
        redacted: value.length >= SECRET_HIDDEN_MIN_CHARS,
      }
    },
    async secretRemove({ name: text, key }, options = {}) {
      const name = nameOf(text)
      return change(
        name,
        async ({ values, runners }) => {
          const { [key]: removed, ...others } = values
          if (removed === undefined) throw unknownKey(name, key, Object.keys(values))
          return { values: others, runners }
        },
        options,
      )
    },
    async secretRunners({ name: text, add, remove = [] }, options = {}) {
      const name = nameOf(text)
      return change(
        name,
        async ({ values, runners }) => {
          const stranger = remove.find((peer) => !runners.includes(peer))
          if (stranger !== undefined) throw notListed(name, stranger)
          const more = add === undefined ? [] : await qualify(on, name, add, options)
          return { values, runners: [...new Set([...runners, ...more])].filter((peer) => !remove.includes(peer)) }
        },
        options,
      )
    },
    async secretList({ name: text }) {
      const name = nameOf(text)
      await secrets.vault.records.refresh()
      const record = secrets.vault.records.get(signer.publisher, name)
      const { sequence, values, runners, gone } = await secrets.vault.own(record)
      const connected = new Set([...links.list().map(({ peer }) => peer), ...(parts.runner ? [links.self] : [])])
      return {
        name: `${signer.publisher}/${name}`,
        sequence,
        ...(record !== undefined && { time: record.time }),
        keys: Object.keys(values).toSorted(),
        runners: runners.map((peer) => ({ peer, connected: connected.has(peer) })),
        gone,
      }
    },
  }
}

function unknownKey(name: string, key: string, keys: string[]): HitherError {
  return new HitherError('usage', `"${name}" has no secret ${key}`, {
    why: keys.length === 0 ? 'it has none at all' : `it has ${keys.toSorted().join(', ')}`,
  })
}

function notListed(name: string, peer: string): HitherError {
  return new HitherError('usage', `${peer} is not on the list of "${name}"`, {
    fix: `fn secret list ${name}   shows who is`,
  })
}

function tooMany(count: number): HitherError {
  return new HitherError('usage', `${count} runners are too many for one name's secrets`, {
    why: `the limit is ${SECRET_RUNNERS_MAX}`,
  })
}
