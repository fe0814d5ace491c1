import { HitherError, type Clock, type Links, type Options, type Signer } from '@hither/core'
import { sealSecrets, SECRET_RUNNERS_MAX, type RandomBytes, type SecretsRecord } from '@hither/core/secrets'
import { SECRET_MERGES_MAX } from '../limits/secrets.ts'
import { present, type Joining } from '../network.ts'
import type { SecretSpread, Told } from './spread.ts'
import type { OwnSecrets, Vault } from './vault.ts'

export interface ChangeComponents {
  signer: Signer
  vault: Pick<Vault, 'records' | 'own'>
  spread: Pick<SecretSpread, 'tell'>
  links: Links
  joining: Joining
  random: RandomBytes
  /** Ms since 1970. */
  wallClock: Clock
  /** Two changes of one name must not sign the same sequence. */
  oneAtATime<T>(key: string, run: () => Promise<T>): Promise<T>
}

type Decision = Pick<OwnSecrets, 'values' | 'runners'>

/**
 * Seals a name's secrets anew, with a new key, and tells all whom it concerns: those that may have them, and those that may not any
 * more. Where one of them turns out to have what the same publisher sealed on another machine, the change is decided again on top of
 * that. Throws what `decide` does, `bad-record` for a damaged record, `stale-record` where others change it all the time.
 */
export function changeSecrets(
  on: ChangeComponents,
  name: string,
  decide: (before: OwnSecrets) => Promise<Decision>,
  options: Options = {},
): Promise<{ record: SecretsRecord; told: Told }> {
  const { signer, vault, spread, random, wallClock } = on
  return on.oneAtATime(`secrets of ${name}`, async () => {
    await vault.records.refresh()
    let last = vault.records.get(signer.publisher, name)
    let sequence = last?.sequence ?? 0
    for (let tries = 0; tries < SECRET_MERGES_MAX; tries++) {
      const before = await vault.own(last)
      const { values, runners } = await decide(before)
      const gone = [...new Set([...before.runners, ...before.gone])].filter((peer) => !runners.includes(peer))
      sequence = Math.max(sequence, before.sequence) + 1
      const sealing = {
        name,
        sequence,
        time: Math.round(wallClock()),
        values,
        runners,
        gone: gone.slice(0, SECRET_RUNNERS_MAX),
      }
      const record = await sealSecrets(signer, sealing, random)
      const kept = await vault.records.put(record)
      await present(on, runners, options.signal)
      const told = kept.id.equals(record.id)
        ? await spread.tell(record, options)
        : { other: kept, keptBy: [], notKeptBy: [] }
      if (told.other === undefined) return { record, told }
      last = told.other
    }
    throw new HitherError('stale-record', `the secrets of "${name}" are being changed elsewhere at the same time`, {
      fix: 'try again',
    })
  })
}
