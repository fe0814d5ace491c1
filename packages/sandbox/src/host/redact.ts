import { HitherError, type JobSecrets } from '@hither/core'
import { SECRET_HIDDEN_MIN_CHARS } from '@hither/core/secrets'

/** What stands in place of a secret. */
const HIDDEN = '[secret]'

/** How texts end that were cut. */
const CUT = '…'

/** Texts in an error's data are this deep at most: more is dropped, so that none is missed. */
const DEPTH_MAX = 6

/**
 * Takes a function's secrets out of what it lets others see by mistake: its log and its errors. It finds them as they are, as
 * JSON and as a URL have them, and at a text's end the beginning of one that was cut. A function that wants to give them away can do
 * that in any case, in its answer to begin with.
 */
export interface Redactor {
  text: (text: string) => string
  error: (error: HitherError) => HitherError
}

const NOTHING_TO_HIDE: Redactor = { text: (text) => text, error: (error) => error }

/** Calls share what they were given, and so what there is to look for. */
const known = new WeakMap<JobSecrets, Redactor>()

export function redactorOf(secrets: JobSecrets | undefined): Redactor {
  if (secrets === undefined) return NOTHING_TO_HIDE
  const made = known.get(secrets) ?? redactor(Object.values(secrets.values))
  known.set(secrets, made)
  return made
}

export function redactor(values: readonly string[]): Redactor {
  const forms = formsOf(values)
  if (forms.length === 0) return NOTHING_TO_HIDE

  const text = (before: string): string => {
    let after = before
    for (const form of forms) after = after.replaceAll(form, HIDDEN)
    return after.endsWith(CUT) ? withoutBeginning(after, forms) : after
  }
  const any = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value)
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
    if (depth >= DEPTH_MAX) return undefined
    if (Array.isArray(value)) return value.map((one) => any(one, depth + 1))
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [text(key), any(one, depth + 1)]))
  }
  return {
    text,
    // Its cause is left behind: nobody knows what is in it.
    error({ code, message, why, fix, data }) {
      return new HitherError(code, text(message), {
        ...(why !== undefined && { why: text(why) }),
        ...(fix !== undefined && { fix }),
        ...(data !== undefined && { data: any(data, 0) as Record<string, unknown> }),
      })
    },
  }
}

/** The longest first: one may be a part of another. */
function formsOf(values: readonly string[]): string[] {
  const long = values.filter((value) => value.length >= SECRET_HIDDEN_MIN_CHARS)
  const forms = long.flatMap((value) => [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
  ])
  return [...new Set(forms)].sort((a, b) => b.length - a.length)
}

function withoutBeginning(text: string, forms: readonly string[]): string {
  const kept = text.slice(0, -CUT.length)
  for (const form of forms) {
    for (let length = Math.min(form.length - 1, kept.length); length >= SECRET_HIDDEN_MIN_CHARS; length--) {
      if (kept.endsWith(form.slice(0, length))) return `${kept.slice(0, -length)}${HIDDEN}${CUT}`
    }
  }
  return text
}
