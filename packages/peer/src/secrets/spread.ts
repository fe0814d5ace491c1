import { toHitherError, within, type Links, type Options, type PeerId, type SecretRecords } from '@hither/core'
import { openSecrets, type SecretsRecord } from '@hither/core/secrets'
import type { Logger } from 'pino'
import { SECRETS_GIVE_MS } from '../limits/secrets.ts'
import type { NotTaken } from '../names-api.ts'

/**
 * Records of secrets go to the runners that they are sealed to, and to those that they no longer are, so that these let go of what
 * they have: to nobody else. Whoever has a record gives it to such a peer whenever they meet, so that who was away is told later, and
 * not only by the publisher.
 */
export interface SecretSpread {
  /** Gives a record to all whom it concerns and who are connected. */
  tell(record: SecretsRecord, options?: Options & { except?: PeerId }): Promise<Told>
  /** A peer is connected: it is given what concerns it. In the background. */
  greet(peer: PeerId): void
}

export interface Told {
  keptBy: PeerId[]
  notKeptBy: NotTaken[]
  /** What a peer has in place of it: the same publisher signed it elsewhere. */
  other?: SecretsRecord
}

export interface SpreadComponents {
  links: Links
  records: SecretRecords
  log: Logger
}

export function secretSpread({ links, records, log }: SpreadComponents): SecretSpread {
  const concerned = ({ runners, gone }: SecretsRecord): Set<PeerId> => new Set([...runners, ...gone])

  /** Gives what the peer has in place of it. */
  async function give(peer: PeerId, record: SecretsRecord, signal?: AbortSignal): Promise<SecretsRecord | undefined> {
    using ends = within(SECRETS_GIVE_MS, signal)
    const { newer } = await links.secrets(peer, record.bytes, { signal: ends.signal })
    if (newer === undefined) return undefined
    const other = await openSecrets(newer)
    const { publisher, name, id } = other
    if (publisher !== record.publisher || name !== record.name || id.equals(record.id)) return undefined
    await records.put(other)
    return other
  }

  async function tell(record: SecretsRecord, { signal, except }: Options & { except?: PeerId } = {}): Promise<Told> {
    const told: Told = { keptBy: [], notKeptBy: [] }
    const wanted = concerned(record)
    const peers = links.list().filter(({ peer }) => wanted.has(peer) && peer !== except)
    await Promise.all(
      peers.map(async ({ peer }) => {
        try {
          const other = await give(peer, record, signal)
          if (other !== undefined && other.sequence >= (told.other?.sequence ?? 0)) told.other = other
          if (other === undefined) told.keptBy.push(peer)
        } catch (thrown) {
          const { code, message } = toHitherError(thrown)
          told.notKeptBy.push({ peer, code, message })
        }
      }),
    )
    signal?.throwIfAborted()
    if (record.runners.includes(links.self)) told.keptBy.push(links.self)
    return told
  }

  return {
    tell,
    greet(peer) {
      for (const record of records.list()) {
        if (!concerned(record).has(peer)) continue
        give(peer, record).catch((error: unknown) => {
          log.debug({ peer, code: toHitherError(error).code }, 'secrets could not be given to a peer')
        })
      }
    },
  }
}
