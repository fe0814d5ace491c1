import { ALLOWED, CHECKED, UNKNOWN } from './calls.ts'
import { argument, assemble, ifEqual, load, mask, OFFSET, unlessEqual, verdict, type Instruction } from './assemble.ts'

/** Architectures as the kernel's audit names them, and the column of a call's number. */
const ARCHITECTURES: Record<string, { audit: number; column: 0 | 1 }> = {
  x64: { audit: 0xc000003e, column: 0 },
  arm64: { audit: 0xc00000b7, column: 1 },
}

const ALLOW = verdict(0x7fff0000)
/** Calls of another architecture have other numbers: whoever makes them wants to slip through. */
const KILL = verdict(0x80000000)
const fail = (errno: number): Instruction => verdict(0x00050000 + errno)
/**
 * An error, and not the end of the process: V8 and libc live without much that they try, and what they try changes with
 * their versions. Nothing that is refused has happened.
 */
const REFUSE = fail(1) // EPERM
const UNHEARD_OF = fail(38) // ENOSYS

const CLONE_THREAD = 0x00010000
/** CLONE_NEWTIME, and all the other namespaces from CLONE_NEWNS to CLONE_NEWNET. */
const CLONE_NAMESPACES = 0x00000080 | 0x00020000 | 0x7e000000

/** TCGETS, FIONREAD, FIONBIO, FIOCLEX: what libuv asks of its descriptors. */
const IOCTLS = [0x5401, 0x541b, 0x5421, 0x5451]
/** PR_SET_NAME and PR_GET_NAME, by which threads are named, and PR_SET_VMA, by which memory is. */
const PRCTLS = [15, 16, 0x53564d41]

/** Each is reached by leaping over those before it, so all of them end in a verdict. */
const CHECKS: Record<keyof typeof CHECKED, Instruction[]> = {
  clone: [argument(0), mask(CLONE_THREAD | CLONE_NAMESPACES), unlessEqual(CLONE_THREAD, 1), ALLOW, REFUSE],
  ioctl: [argument(1), ...oneOf(IOCTLS), REFUSE],
  prctl: [argument(0), ...oneOf(PRCTLS), REFUSE],
  // Asking for limits is allowed, setting new ones is not.
  prlimit64: [argument(2), unlessEqual(0, 3), argument(2, 'high'), unlessEqual(0, 1), ALLOW, REFUSE],
}

/**
 * What the kernel lets a sandbox process do, as a program that bubblewrap loads before Node starts. Everything that is not on
 * the list is refused. Undefined on machines whose numbers are not known here.
 */
export function seccompFilter(arch: string): Uint8Array | undefined {
  const architecture = ARCHITECTURES[arch]
  if (architecture === undefined) return undefined
  const { audit, column } = architecture
  const on = (numbers: readonly (number | undefined)[], then: Instruction[]): Instruction[] => {
    const number = numbers[column]
    return number === undefined ? [] : [unlessEqual(number, then.length), ...then]
  }
  return assemble([
    load(OFFSET.architecture),
    ifEqual(audit, 1),
    KILL,
    load(OFFSET.number),
    ...Object.values(ALLOWED).flatMap((numbers) => on(numbers, [ALLOW])),
    ...Object.entries(CHECKS).flatMap(([name, check]) => on(CHECKED[name as keyof typeof CHECKED], check)),
    ...Object.values(UNKNOWN).flatMap((numbers) => on(numbers, [UNHEARD_OF])),
    REFUSE,
  ])
}

function oneOf(values: readonly number[]): Instruction[] {
  return values.flatMap((value) => [unlessEqual(value, 1), ALLOW])
}
