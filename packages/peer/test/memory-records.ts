import type { SecretRecords } from '@hither/core'
import { supersedes, type SecretsRecord } from '@hither/core/secrets'

/** Records of secrets that end with the test. */
export function memoryRecords(): SecretRecords {
  const kept = new Map<string, SecretsRecord>()
  const key = (publisher: string, name: string): string => `${publisher}/${name}`
  return {
    get: (publisher, name) => kept.get(key(publisher, name)),
    list: () => [...kept.values()],
    async put(record) {
      const known = kept.get(key(record.publisher, record.name))
      if (!supersedes(record, known)) return known ?? record
      kept.set(key(record.publisher, record.name), record)
      return record
    },
    refresh: async () => {},
  }
}
