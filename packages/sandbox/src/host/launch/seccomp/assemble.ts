/** Classic BPF, as seccomp takes it: one instruction is eight bytes in the machine's own order; both architectures are little-endian. */
export interface Instruction {
  code: number
  /** How many instructions to leap over where a test holds, and where not. */
  onTrue: number
  onFalse: number
  value: number
}

const INSTRUCTION_BYTES = 8

const LOAD_WORD = 0x20
const AND = 0x54
const JUMP_IF_EQUAL = 0x15
const RETURN = 0x06

/** Where things are in `struct seccomp_data`. */
export const OFFSET = { number: 0, architecture: 4, argument: 16 } as const
const ARGUMENT_BYTES = 8

/** A word of the call's data; of its arguments the lower half, or the upper one. */
export function load(offset: number): Instruction {
  return { code: LOAD_WORD, onTrue: 0, onFalse: 0, value: offset }
}

export function argument(index: number, half: 'low' | 'high' = 'low'): Instruction {
  return load(OFFSET.argument + index * ARGUMENT_BYTES + (half === 'low' ? 0 : ARGUMENT_BYTES / 2))
}

export function mask(bits: number): Instruction {
  return { code: AND, onTrue: 0, onFalse: 0, value: bits }
}

/** Leaps over so many instructions where the word is this one; else goes on with the next. */
export function ifEqual(value: number, leap: number): Instruction {
  return { code: JUMP_IF_EQUAL, onTrue: leap, onFalse: 0, value }
}

/** The other way round. */
export function unlessEqual(value: number, leap: number): Instruction {
  return { code: JUMP_IF_EQUAL, onTrue: 0, onFalse: leap, value }
}

export function verdict(value: number): Instruction {
  return { code: RETURN, onTrue: 0, onFalse: 0, value }
}

export function assemble(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * INSTRUCTION_BYTES)
  const view = new DataView(bytes.buffer)
  for (const [at, { code, onTrue, onFalse, value }] of program.entries()) {
    view.setUint16(at * INSTRUCTION_BYTES, code, true)
    view.setUint8(at * INSTRUCTION_BYTES + 2, onTrue)
    view.setUint8(at * INSTRUCTION_BYTES + 3, onFalse)
    view.setUint32(at * INSTRUCTION_BYTES + 4, value >>> 0, true)
  }
  return bytes
}
