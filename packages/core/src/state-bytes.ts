import { LABELS_MAX, readState, WARM_HINT_BYTES, WARM_HINTS_MAX, type RunnerState } from './call.ts'
import { TIERS } from './jail.ts'
import { CALL_MAX_MS } from './limits.ts'
import type { Packer, Unpacker } from './packed.ts'
import { sameWarm, warmChange } from './warm.ts'

/** Parts of a state, each said by itself where only it changed. */
const SAYS = { load: 1, price: 2, warm: 4, standing: 8 } as const

/** All of it: for those who know nothing yet. */
export const SAYS_ALL: number = SAYS.load | SAYS.price | SAYS.warm | SAYS.standing

const STANDS = { accepting: 1, anyone: 2, speed: 4, memory: 8 } as const

/** Speeds in hundredths. */
const SPEED_STEPS = 100
const COUNT_MAX = 1_000_000

/** Which parts are other than `before`. Zero: none. */
export function partsChanged(before: RunnerState | undefined, now: RunnerState): number {
  if (before === undefined) return SAYS_ALL
  return quickPartsChanged(before, now) | (sameWarm(before.warm, now.warm) ? 0 : SAYS.warm)
}

/** The same but for what is warm. */
export function quickPartsChanged(before: RunnerState, now: RunnerState): number {
  return (
    (before.busy === now.busy && before.queued === now.queued ? 0 : SAYS.load) |
    (Math.round(before.priceMs) === Math.round(now.priceMs) ? 0 : SAYS.price) |
    (standsAs(before, now) ? 0 : SAYS.standing)
  )
}

export function packState(to: Packer, parts: number, before: RunnerState | undefined, now: RunnerState): void {
  if (parts & SAYS.load) to.count(now.busy).count(now.queued)
  if (parts & SAYS.price) to.count(Math.round(now.priceMs))
  if (parts & SAYS.warm) packWarm(to, before?.warm ?? new Uint8Array(0), now.warm)
  if (parts & SAYS.standing) packStanding(to, now)
}

/** What is known once this came on top of what was before. Throws `bad-message`. */
export function unpackState(from: Unpacker, parts: number, before: RunnerState | undefined): RunnerState {
  if (before === undefined && (parts & SAYS_ALL) !== SAYS_ALL) throw from.refuse('the rest of it was never said')
  const load = parts & SAYS.load ? { busy: from.count(COUNT_MAX), queued: from.count(COUNT_MAX) } : {}
  const price = parts & SAYS.price ? { priceMs: from.count(CALL_MAX_MS) } : {}
  const warm = parts & SAYS.warm ? { warm: unpackWarm(from, before?.warm ?? new Uint8Array(0)) } : {}
  const rest = parts & SAYS.standing ? unpackStanding(from) : standing(before)
  return readState({
    ...rest,
    busy: before?.busy,
    queued: before?.queued,
    priceMs: before?.priceMs,
    warm: before?.warm,
    ...load,
    ...price,
    ...warm,
  })
}

function packWarm(to: Packer, before: Uint8Array, now: Uint8Array): void {
  const { gone, fresh } = warmChange(before, now)
  to.count(gone.length)
  for (const place of gone) to.count(place)
  to.count(fresh.length / WARM_HINT_BYTES).raw(fresh)
}

function unpackWarm(from: Unpacker, before: Uint8Array): Uint8Array {
  const held = before.length / WARM_HINT_BYTES
  const gone = new Set(Array.from({ length: from.count(held) }, () => from.count(held - 1)))
  const fresh = from.raw(WARM_HINT_BYTES * from.count(WARM_HINTS_MAX))
  const stays = Array.from({ length: held }, (_, place) => place).filter((place) => !gone.has(place))
  const warm = new Uint8Array(fresh.length + WARM_HINT_BYTES * stays.length)
  warm.set(fresh)
  for (const [i, place] of stays.entries()) {
    const hint = before.subarray(WARM_HINT_BYTES * place, WARM_HINT_BYTES * (place + 1))
    warm.set(hint, fresh.length + WARM_HINT_BYTES * i)
  }
  return warm
}

function packStanding(
  to: Packer,
  { accepting, admits, speed, memoryMb, slots, tier, labels, grants }: RunnerState,
): void {
  to.byte(
    (accepting ? STANDS.accepting : 0) |
      (admits === 'anyone' ? STANDS.anyone : 0) |
      (speed === undefined ? 0 : STANDS.speed) |
      (memoryMb === undefined ? 0 : STANDS.memory),
  )
  to.count(slots)
    .byte(TIERS.indexOf(tier))
    .texts(grants)
    .texts(labels ?? [])
  if (speed !== undefined) to.count(Math.round(SPEED_STEPS * speed))
  if (memoryMb !== undefined) to.count(Math.round(memoryMb))
}

type Standing = Omit<RunnerState, 'busy' | 'queued' | 'priceMs' | 'warm'>

function unpackStanding(from: Unpacker): Standing {
  const flags = from.byte()
  const slots = from.count(COUNT_MAX)
  const tier = TIERS[from.byte()]
  if (tier === undefined) throw from.refuse('it has a tier that nobody knows')
  const grants = from.texts(16, 64)
  const labels = from.texts(LABELS_MAX, 63)
  return {
    accepting: (flags & STANDS.accepting) !== 0,
    slots,
    admits: flags & STANDS.anyone ? 'anyone' : 'listed',
    tier,
    grants,
    ...(labels.length > 0 && { labels }),
    ...(flags & STANDS.speed && { speed: from.count(1000 * SPEED_STEPS) / SPEED_STEPS }),
    ...(flags & STANDS.memory && { memoryMb: from.count(Number.MAX_SAFE_INTEGER) }),
  }
}

/** What changes when an owner changes it. */
function standing(state: RunnerState | undefined): Partial<Standing> {
  if (state === undefined) return {}
  const { busy: _, queued: __, priceMs: ___, warm: ____, ...rest } = state
  return rest
}

function standsAs(a: RunnerState, b: RunnerState): boolean {
  return a.slots === b.slots && standsButForSlots(a, b)
}

/** Slots move with the load of a runner; all else changes when its owner changes it. */
export function standsButForSlots(a: RunnerState, b: RunnerState): boolean {
  return (
    a.accepting === b.accepting &&
    a.admits === b.admits &&
    a.tier === b.tier &&
    a.memoryMb === b.memoryMb &&
    hundredths(a.speed) === hundredths(b.speed) &&
    sameTexts(a.grants, b.grants) &&
    sameTexts(a.labels ?? [], b.labels ?? [])
  )
}

function hundredths(speed: number | undefined): number | undefined {
  return speed === undefined ? undefined : Math.round(SPEED_STEPS * speed)
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((text, i) => text === b[i]))
}
