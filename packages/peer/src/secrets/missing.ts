import type { Manifest, Signer } from '@hither/core'
import type { Logger } from 'pino'
import type { Vault } from './vault.ts'

export interface MissingComponents {
  signer: Signer
  secrets: { vault: Pick<Vault, 'records' | 'own'> }
  log: Logger
}

/**
 * For each secret that a function needs and that its own name was not given: that no runner takes it so, and the command that gives it.
 * Never fails: the name has moved already.
 */
export async function missingSecrets(
  { signer, secrets, log }: MissingComponents,
  name: string,
  { secrets: needed = [] }: Manifest,
): Promise<string[]> {
  if (needed.length === 0) return []
  try {
    const { records, own } = secrets.vault
    await records.refresh()
    const { values, runners } = await own(records.get(signer.publisher, name))
    const whom = runners.length === 0 ? ' --runner PEER' : ''
    return needed
      .filter((key) => !Object.hasOwn(values, key))
      .map((key) => `no runner takes it without the secret ${key}; give it: fn secret set ${name} ${key}${whom}`)
  } catch (error) {
    log.warn({ name, err: error }, 'whether a function has the secrets that it needs could not be seen')
    return []
  }
}
