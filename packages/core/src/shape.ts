import { HitherError, type ErrorCode } from './errors.ts'

/**
 * Guards for what comes from outside: CBOR, JSON, other peers. Each names the field it refuses. They are few and by
 * hand so that `core` stays free of dependencies on the paths where a call passes.
 */
export class Shape {
  private readonly fields: Record<string, unknown>
  private readonly what: string
  private readonly code: ErrorCode

  constructor(value: unknown, what: string, code: ErrorCode = 'bad-message') {
    this.what = what
    this.code = code
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
      throw this.refuse('it is not a map')
    }
    this.fields = value as Record<string, unknown>
  }

  refuse(why: string): HitherError {
    return new HitherError(this.code, `${this.what} cannot be read`, { why })
  }

  raw(field: string): unknown {
    return this.fields[field]
  }

  has(field: string): boolean {
    return this.fields[field] !== undefined
  }

  /** Refuses fields that nobody knows: a typo in a limit must not pass as "no limit". */
  only(...known: string[]): this {
    const extra = Object.keys(this.fields).find((field) => !known.includes(field))
    if (extra !== undefined) throw this.refuse(`it has an unknown field "${extra}"`)
    return this
  }

  string(field: string, maxChars = 4096): string {
    const value = this.fields[field]
    if (typeof value !== 'string' || value.length > maxChars)
      throw this.wrong(field, `a text of at most ${maxChars} characters`)
    return value
  }

  bytes(field: string, maxBytes: number): Uint8Array {
    const value = this.fields[field]
    if (!(value instanceof Uint8Array) || value.length > maxBytes) throw this.wrong(field, `at most ${maxBytes} bytes`)
    return value
  }

  exactly(field: string, length: number): Uint8Array {
    const bytes = this.bytes(field, length)
    if (bytes.length !== length) throw this.wrong(field, `${length} bytes`)
    return bytes
  }

  /** A whole number from `min` to `max`. */
  integer(field: string, min: number, max: number): number {
    const value = this.fields[field]
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw this.wrong(field, `a whole number from ${min} to ${max}`)
    }
    return value
  }

  number(field: string, min: number, max: number): number {
    const value = this.fields[field]
    if (typeof value !== 'number' || !(value >= min && value <= max))
      throw this.wrong(field, `a number from ${min} to ${max}`)
    return value
  }

  boolean(field: string): boolean {
    const value = this.fields[field]
    if (typeof value !== 'boolean') throw this.wrong(field, 'true or false')
    return value
  }

  oneOf<T extends string>(field: string, values: readonly T[]): T {
    const value = this.fields[field]
    const found = values.find((one) => one === value)
    if (found === undefined) throw this.wrong(field, `one of ${values.join(', ')}`)
    return found
  }

  strings(field: string, maxItems = 256, maxChars = 1024): string[] {
    const value = this.fields[field]
    const fits = (item: unknown): item is string => typeof item === 'string' && item.length <= maxChars
    if (!Array.isArray(value) || value.length > maxItems || !value.every(fits)) {
      throw this.wrong(field, `a list of at most ${maxItems} texts`)
    }
    return value
  }

  /** A map with anything in it. */
  map(field: string): Record<string, unknown> {
    return new Shape(this.fields[field], `${this.what}.${field}`, this.code).fields
  }

  /** A map from text to text, such as `env`. */
  texts(field: string, maxItems = 256, maxChars = 16_384): Record<string, string> {
    const entries = Object.entries(this.map(field))
    const fits = entries.every(([, value]) => typeof value === 'string' && value.length <= maxChars)
    if (!fits || entries.length > maxItems) throw this.wrong(field, `a map of at most ${maxItems} texts`)
    return Object.fromEntries(entries) as Record<string, string>
  }

  /** A list of `[name, value]` pairs, as headers travel. */
  pairs(field: string, maxItems = 256): [string, string][] {
    const value = this.fields[field]
    const fits = (pair: unknown): pair is [string, string] =>
      Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' && typeof pair[1] === 'string'
    if (!Array.isArray(value) || value.length > maxItems || !value.every(fits)) {
      throw this.wrong(field, `a list of at most ${maxItems} pairs of texts`)
    }
    return value
  }

  private wrong(field: string, want: string): HitherError {
    return this.refuse(`"${field}" must be ${want}`)
  }
}
