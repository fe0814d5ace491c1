import type { IncomingMessage } from 'node:http'
import {
  HitherError,
  IDEMPOTENCY_KEY_MAX_BYTES,
  LABEL_PATTERN,
  LABELS_MAX,
  parseDuration,
  parseDurationOrOff,
  TIERS,
  type Tier,
} from '@hither/core'
import type { CallParams } from '@hither/peer'
import { PEERS_NAMED_MAX } from '../limits.ts'

type CallOptions = Pick<
  CallParams,
  'deadlineMs' | 'waitMs' | 'hedge' | 'idempotencyKey' | 'prefer' | 'avoid' | 'require' | 'labels' | 'tier'
>

/** Most requests name none, and are spared the sorting of their headers. */
const OPTION = /^(?:hither-|idempotency-key$)/i

/** What a client asks of the call itself, by headers. Throws `usage`. */
export function callOptions(req: IncomingMessage): CallOptions {
  if (!req.rawHeaders.some((text, at) => at % 2 === 0 && OPTION.test(text))) return {}
  const { headersDistinct } = req
  const { 'idempotency-key': keys, 'hither-deadline': deadlines } = headersDistinct
  const { 'hither-prefer': preferred, 'hither-avoid': avoided, 'hither-tier': tiers } = headersDistinct
  const { 'hither-require': required } = headersDistinct
  const { 'hither-wait': waits, 'hither-hedge': hedges, 'hither-labels': labels } = headersDistinct
  return {
    ...(keys !== undefined && { idempotencyKey: readKey(keys) }),
    ...(deadlines !== undefined && { deadlineMs: readDeadline(deadlines) }),
    ...(waits !== undefined && { waitMs: readTimeOrOff('hither-wait', waits) }),
    ...(hedges !== undefined && { hedge: readTimeOrOff('hither-hedge', hedges) || false }),
    ...(preferred !== undefined && { prefer: readWhom('hither-prefer', preferred) }),
    ...(avoided !== undefined && { avoid: readWhom('hither-avoid', avoided) }),
    ...(required !== undefined && { require: readWhom('hither-require', required) }),
    ...(labels !== undefined && { labels: readLabels(labels) }),
    ...(tiers !== undefined && { tier: readTier(tiers) }),
  }
}

function readKey([key = '', ...more]: string[]): string {
  if (more.length === 0 && key !== '' && Buffer.byteLength(key) <= IDEMPOTENCY_KEY_MAX_BYTES) return key
  throw new HitherError('usage', `idempotency-key is one text of at most ${IDEMPOTENCY_KEY_MAX_BYTES} bytes`)
}

function readDeadline([text = '', ...more]: string[]): number {
  const ms = parseDuration(text)
  if (ms !== undefined && more.length === 0) return ms
  throw new HitherError('usage', 'hither-deadline is a time such as 500ms, 30s or 2m')
}

function readTimeOrOff(name: string, [text = '', ...more]: string[]): number {
  const ms = parseDurationOrOff(text)
  if (ms !== undefined && more.length === 0) return ms
  throw new HitherError('usage', `${name} is a time such as 500ms, 30s or 2m, or "off"`)
}

function readLabels(values: string[]): string[] {
  const labels = values.flatMap((value) => value.split(',')).map((label) => label.trim())
  if (labels.length <= LABELS_MAX && labels.every((label) => LABEL_PATTERN.test(label))) return labels
  throw new HitherError('usage', `hither-labels is a list of at most ${LABELS_MAX} labels, such as gpu or shop-7`)
}

/** Never passed over in silence: whoever asks for a jail means it. */
function readTier([text, ...more]: string[]): Tier {
  const tier = TIERS.find((one) => one === text)
  if (tier !== undefined && more.length === 0) return tier
  throw new HitherError('usage', `hither-tier is one of ${TIERS.join(', ')}`)
}

/** A peer id, or a kind of runner; what kinds there are is the peer's to say. */
const WHOM = /^(?:[1-9A-HJ-NP-Za-km-z]{32,128}|[a-z]{1,16}:[\w.=-]{1,64})$/

function readWhom(name: string, values: string[]): string[] {
  const named = values.flatMap((value) => value.split(',')).map((whom) => whom.trim())
  if (named.length <= PEERS_NAMED_MAX && named.every((whom) => WHOM.test(whom))) return named
  throw new HitherError(
    'usage',
    `${name} is a list of at most ${PEERS_NAMED_MAX} of peer ids, label:gpu, tier:filtered or publisher:KEY`,
  )
}
