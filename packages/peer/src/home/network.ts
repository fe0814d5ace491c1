import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import {
  decodeInvitation,
  encodeInvitation,
  HitherError,
  NETWORK_KEY_BYTES,
  networkTag,
  toHitherError,
  type Invitation,
} from '@hither/core'
import { writeFileAtomic } from '@hither/store'
import { createSecretFile, damagedKey, readSecretFile } from './secret-file.ts'

/** The closed network that a home is in. Its file holds an invitation to it, which has all that there is to it, and a check. */
export interface HomeNetwork extends Invitation {
  tag: string
}

/** Undefined in the open network. Throws `bad-key` where the file is open to others or damaged. */
export async function loadNetwork(path: string): Promise<HomeNetwork | undefined> {
  const text = await readSecretFile(path)
  return text === undefined ? undefined : parse(path, text)
}

/** Makes a network with a key of its own, by default with a label of its own too. Throws `usage` in a closed network, `bad-name`. */
export async function createNetwork(path: string, label?: string): Promise<HomeNetwork> {
  const before = await loadNetwork(path)
  if (before !== undefined) throw inAnother(before)
  const key = Uint8Array.from(randomBytes(NETWORK_KEY_BYTES))
  const tag = await networkTag(key)
  const invitation = { label: label ?? `network-${tag.slice(0, 4)}`, key, addresses: [] }
  const kept = await parse(path, await createSecretFile(path, `${await encodeInvitation(invitation)}\n`))
  if (kept.tag !== tag) throw inAnother(kept)
  return kept
}

/** Enters a network. In the very network already, takes over the invitation's addresses. Throws `usage` in another one. */
export async function enterNetwork(path: string, invitation: Invitation): Promise<HomeNetwork> {
  const text = `${await encodeInvitation(invitation)}\n`
  const tag = await networkTag(invitation.key)
  const kept = (await loadNetwork(path)) ?? (await parse(path, await createSecretFile(path, text)))
  if (kept.tag !== tag) throw inAnother(kept)
  await writeFileAtomic(path, new TextEncoder().encode(text))
  return { ...invitation, tag }
}

/** Forgets the key, and gives what was left; undefined where the home was in the open network already. A damaged key stays. */
export async function leaveNetwork(path: string): Promise<HomeNetwork | undefined> {
  const before = await loadNetwork(path)
  if (before !== undefined) await rm(path)
  return before
}

/** Throws `usage` where a home is in another closed network than this. */
export async function refuseOther(path: string, { key }: Invitation): Promise<void> {
  const before = await loadNetwork(path)
  if (before !== undefined && before.tag !== (await networkTag(key))) throw inAnother(before)
}

async function parse(path: string, text: string): Promise<HomeNetwork> {
  try {
    const invitation = await decodeInvitation(text)
    return { ...invitation, tag: await networkTag(invitation.key) }
  } catch (thrown) {
    const { why = 'it is no invitation' } = toHitherError(thrown)
    throw damagedKey(
      path,
      why,
      'move the file away, and join again: fn network join INVITE; others print one with fn network show --invite',
    )
  }
}

function inAnother({ label, tag }: HomeNetwork): HitherError {
  return new HitherError('usage', `this machine is in the closed network "${label}" (${tag}) already`, {
    why: 'a peer is in one network at a time, and a key is never replaced unasked',
    fix: 'leave it first: fn network leave   (fn network show --invite prints the way back)',
  })
}
