import { mayFail, ungranted, type CID, type Manifest, type PublisherId, type Runner } from '@hither/core'
import { textOf, type Functions } from '../functions.ts'
import { shareOf } from './admit.ts'
import type { ServeCallComponents } from './call.ts'

export interface ExpectComponents extends Pick<
  ServeCallComponents,
  'self' | 'admission' | 'vouchers' | 'vault' | 'draining' | 'taking'
> {
  functions: Pick<Functions, 'bundleAtHand'>
  runner: Pick<Runner, 'jail' | 'isWarm' | 'expect'>
}

/** A function that this peer's own user calls, before it is known where that will run. */
export interface Foreseen {
  cid: CID
  publisher?: PublisherId
  /** Without its publisher. */
  name?: string
  manifest: Manifest
}

/**
 * Has a function loaded for a call that is about to come here: in the time that it takes to route and admit it. Everything is asked again
 * when it comes. Nothing is said of what is wrong, and nothing is waited for: what would be, waits for the call.
 */
export function expect(on: ExpectComponents, { cid, publisher: claimed, name, manifest }: Foreseen): void {
  const { admission, vouchers, functions, vault, runner, self: from } = on
  if (on.draining() || !on.taking() || runner.isWarm(cid)) return
  const publisher = vouchers.known(cid, claimed) ?? vouchers.known(cid)
  if (publisher === undefined || !admission.admits(publisher)) return
  if ((manifest.secrets?.length ?? 0) > 0 || (name !== undefined && hasSecrets(vault, publisher, name))) return
  const profile = admission.profile(publisher)
  const bytes = functions.bundleAtHand(manifest)
  if (bytes === undefined || ungranted(runner.jail(), profile, manifest.needs) !== undefined) return
  const share = (): ReturnType<typeof shareOf> => shareOf(admission, { publisher, from, profile })
  runner.expect({ cid, manifest, code: () => textOf(bytes), cordon: publisher, profile, caller: from, share })
}

/** What they are, and whether they can be read at all, is told to the call. */
function hasSecrets(vault: ExpectComponents['vault'], publisher: PublisherId, name: string): boolean {
  try {
    const given = vault.given(publisher, name)
    if (given !== undefined) void mayFail(given)
    return given !== undefined
  } catch {
    return true
  }
}
