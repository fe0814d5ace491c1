/** Sections and kinds of imports of the WebAssembly binary format, as far as they are read here. */
const IMPORTS = 2
const MEMORIES = 5
const HEADER_BYTES = 8
const SHARED = 0b10
const HAS_MAXIMUM = 0b1
const HAS_PAGE_SIZE = 0b1000

/**
 * Whether a module has a memory for threads. There are none here, but code can sleep on such a memory, which stops the
 * whole process. What cannot be read is V8's to refuse.
 */
export function sharesMemory(bytes: Uint8Array): boolean {
  const reader = new Reader(bytes)
  reader.at = HEADER_BYTES
  while (reader.at < bytes.length) {
    const section = reader.byte()
    const size = reader.integer()
    const end = reader.at + size
    if (section === IMPORTS && reader.anyOf(() => reader.importsShared())) return true
    if (section === MEMORIES && reader.anyOf(() => reader.hasSharedLimits())) return true
    reader.at = end
  }
  return false
}

class Reader {
  at = 0
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  byte(): number {
    return this.#bytes[this.at++] ?? 0
  }

  /** In LEB128; of those with a sign or more than 32 bits only the length counts. */
  integer(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }

  anyOf(test: () => boolean): boolean {
    for (let left = this.integer(); left > 0 && this.at < this.#bytes.length; left--) if (test()) return true
    return false
  }

  importsShared(): boolean {
    this.#name()
    this.#name()
    switch (this.byte()) {
      case 0: // a function
        this.integer()
        return false
      case 1: // a table
        this.#type()
        this.hasSharedLimits()
        return false
      case 2:
        return this.hasSharedLimits()
      case 3: // a global
        this.#type()
        this.byte()
        return false
      case 4: // a tag
        this.byte()
        this.integer()
        return false
      default:
        return false
    }
  }

  hasSharedLimits(): boolean {
    const flags = this.byte()
    this.integer()
    if ((flags & HAS_MAXIMUM) !== 0) this.integer()
    if ((flags & HAS_PAGE_SIZE) !== 0) this.integer()
    return (flags & SHARED) !== 0
  }

  #name(): void {
    const bytes = this.integer()
    this.at += bytes
  }

  /** One byte, but for references to a type of the module's own. */
  #type(): void {
    const type = this.byte()
    if (type === 0x63 || type === 0x64) this.integer()
  }
}
