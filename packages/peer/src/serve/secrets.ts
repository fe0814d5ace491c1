import {
  HitherError,
  type CallHeader,
  type JobSecrets,
  type Manifest,
  type PeerId,
  type PublisherId,
} from '@hither/core'
import type { FaultLog } from '../fault-log.ts'
import type { Vault } from '../secrets/vault.ts'
import type { Vouchers } from './vouchers.ts'

export interface GiveSecretsComponents {
  vault: Pick<Vault, 'given'>
  vouchers: Vouchers
  faults: FaultLog
}

/** For which call, by whose word. */
interface Called {
  from: PeerId
  header: CallHeader
  publisher: PublisherId | undefined
  signal: AbortSignal
}

/**
 * The secrets that a call's function gets: those of the name that it was called by, where a record of its publisher says that the name
 * is, or was, this function. Throws `secret-missing` where the function needs one that is not here, and `runner-fault`: refusals,
 * for nothing has run.
 */
export function secretsFor(
  on: GiveSecretsComponents,
  { secrets: needed = [] }: Manifest,
  called: Called,
): JobSecrets | undefined | Promise<JobSecrets | undefined> {
  const given = givenTo(on, called)
  return given === undefined && needed.length === 0 ? undefined : choose(on, needed, called, given)
}

async function choose(
  on: GiveSecretsComponents,
  needed: readonly string[],
  { from, header, publisher, signal }: Called,
  giving: ReturnType<Vault['given']>,
): Promise<JobSecrets | undefined> {
  const { cid, name } = header
  const given = await giving
  const named = given !== undefined && publisher !== undefined && name !== undefined
  const secrets = named && (await on.vouchers.namedBy({ cid, publisher, name, from, signal })) ? given : undefined
  const missing = needed.find((key) => !Object.hasOwn(secrets?.values ?? {}, key))
  if (missing === undefined) return secrets
  throw new HitherError('secret-missing', `this runner does not have the secret ${missing}, which the function needs`, {
    why:
      name === undefined
        ? 'the function was called by its CID, and secrets belong to names'
        : `its publisher did not give it to this runner for "${name}"`,
    fix:
      name === undefined ? 'call it by its name' : `its publisher can: fn secret set ${name} ${missing} --runner PEER`,
    data: { missing },
  })
}

function givenTo(
  { vault, faults }: GiveSecretsComponents,
  { publisher, header: { name } }: Called,
): ReturnType<Vault['given']> {
  const unopened = (thrown: unknown): never => {
    faults(thrown, 'secrets could not be opened')
    throw new HitherError('runner-fault', 'this runner cannot open the secrets of the function', { cause: thrown })
  }
  try {
    return publisher === undefined || name === undefined ? undefined : vault.given(publisher, name)?.catch(unopened)
  } catch (thrown) {
    return unopened(thrown)
  }
}
