import type { PublisherId } from '../keys.ts'
import type { SecretsRecord } from '../secrets/record.ts'

/** Records of secrets, the newest of each name. They are kept as they came: sealed. */
export interface SecretRecords {
  /** Throws `bad-record` where it is damaged: what was in it must not pass for nothing. */
  get(publisher: PublisherId, name: string): SecretsRecord | undefined
  list(): SecretsRecord[]
  /** Keeps a record that `openSecrets` gave, unless one that supersedes it is here. Gives the one that is kept now. */
  put(record: SecretsRecord): Promise<SecretsRecord>
  /** Takes in what other processes have put since. */
  refresh(): Promise<void>
}
