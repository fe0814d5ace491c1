import {
  isRepeatable,
  parseWhom,
  type Manifest,
  type PeerId,
  type PublisherId,
  type RouteQuery,
  type Whom,
} from '@hither/core'
import type { CallParams } from '../api.ts'
import type { Resolved } from '../resolve.ts'
import type { RequestBody } from './request-body.ts'

/** What a call asks of its runner, the same for each of its attempts; nobody was tried yet. */
export type Wants = Omit<RouteQuery, 'hedge' | 'after'>

/** What is known here of the function and of names. */
export interface Known {
  manifest: Manifest | undefined
  /** In bytes, where the bundle is here. */
  bundleBytes: number | undefined
  aliases: ReadonlyMap<string, PublisherId>
}

/** Throws `usage`, `unknown-name`. As far as it is known here: a function that is not on this machine may want more, which its runner then says. */
export function wantsOf(
  params: CallParams,
  { cid, publisher }: Resolved,
  body: RequestBody,
  { manifest, bundleBytes, aliases }: Known,
): Wants {
  const { method = 'GET', prefer, avoid, hedge } = params
  const whom = (texts: readonly string[]): Whom[] => texts.map((text) => parseWhom(text, aliases))
  const require = requiredOf(params, whom)
  const twice = hedge !== false && !body.streamed && isRepeatable(method, manifest?.effects)
  const wants: Wants = {
    cid,
    needs: manifest?.needs ?? [],
    bodyBytes: body.bytes(),
    repeatable: twice,
    tried: NOBODY,
  }
  if (publisher !== undefined) wants.publisher = publisher
  if (manifest !== undefined) wants.memoryMb = manifest.limits.memoryMb
  if (bundleBytes !== undefined) wants.bundleBytes = bundleBytes
  if (prefer !== undefined) wants.prefer = whom(prefer)
  if (avoid !== undefined) wants.avoid = whom(avoid)
  if (require.length > 0) wants.require = require
  return wants
}

const NOBODY: ReadonlySet<PeerId> = new Set()

function requiredOf({ require, labels, tier }: CallParams, whom: (texts: readonly string[]) => Whom[]): Whom[] {
  const required = require === undefined ? [] : whom(require)
  for (const label of labels ?? []) required.push({ label })
  if (tier !== undefined) required.push({ tier })
  return required
}
