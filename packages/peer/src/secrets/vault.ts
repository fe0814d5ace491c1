import {
  keyOfPeer,
  type JobSecrets,
  type PeerId,
  type PublisherId,
  type SecretRecords,
  type Signer,
} from '@hither/core'
import { unsealSecrets, type SecretsRecord } from '@hither/core/secrets'
import { LRUCache } from 'lru-cache'
import { SECRETS_OPEN_MAX } from '../limits/secrets.ts'

/**
 * What this peer knows of secrets. On disk there are only sealed records, of one's own names and of others' that are sealed to this
 * peer, all in the same form: what a publisher sends is what it keeps. They are opened here, with its two keys.
 */
export interface Vault {
  readonly records: SecretRecords
  /** What one's own record says, opened with the publisher's key; of no record, that there is nothing yet. Throws `bad-record`. */
  own(record: SecretsRecord | undefined): Promise<OwnSecrets>
  /** What functions of a name are given here; undefined where this peer was given none. Throws `bad-record`. */
  given(publisher: PublisherId, name: string): Promise<JobSecrets | undefined> | undefined
}

export interface OwnSecrets {
  /** 0 where there is no record. */
  sequence: number
  values: Record<string, string>
  runners: PeerId[]
  gone: PeerId[]
}

export interface VaultComponents {
  records: SecretRecords
  self: PeerId
  signer: Signer
  /** Secret keys of the publisher and of this peer. */
  publisherSeed: Uint8Array
  peerSeed: Uint8Array
}

export function vault({ records, self, signer, publisherSeed, peerSeed }: VaultComponents): Vault {
  const peerKey = keyOfPeer(self)
  /** By name: a record is opened once, not for every call, and what took its place or was taken away is not held on to. */
  const opened = new LRUCache<string, { id: string; secrets: Promise<JobSecrets> }>({ max: SECRETS_OPEN_MAX })

  async function open(record: SecretsRecord, of: string, key: PublisherId): Promise<JobSecrets> {
    return { of, version: record.id.toString(), values: await unsealSecrets(record, peerSeed, key) }
  }

  return {
    records,
    async own(record) {
      if (record === undefined) return { sequence: 0, values: {}, runners: [], gone: [] }
      const { sequence, runners, gone } = record
      return { sequence, values: await unsealSecrets(record, publisherSeed, signer.publisher), runners, gone }
    },
    given(publisher, name) {
      const record = records.get(publisher, name)
      const of = `${publisher}/${name}`
      if (record === undefined || peerKey === undefined || !record.runners.includes(self)) {
        opened.delete(of)
        return undefined
      }
      const id = record.id.toString()
      const known = opened.get(of)
      if (known?.id === id) return known.secrets
      const secrets = open(record, of, peerKey)
      opened.set(of, { id, secrets })
      return secrets
    },
  }
}
