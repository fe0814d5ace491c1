import { expect, test } from 'vitest'
import { seccompFilter } from '../../../src/host/launch/seccomp/filter.ts'

const ARCHITECTURES = { x64: 0xc000003e, arm64: 0xc00000b7 } as const
type Architecture = keyof typeof ARCHITECTURES

const ALLOW = 'allow'
const REFUSE = 'error 1'

/** What the kernel would do with a call: an interpreter of the few instructions that the filter is made of. */
function judge(arch: Architecture, number: number, args: bigint[] = [], audit: number = ARCHITECTURES[arch]): string {
  const program = seccompFilter(arch) ?? new Uint8Array(0)
  const view = new DataView(program.buffer)
  const data = new DataView(new ArrayBuffer(64))
  data.setUint32(0, number, true)
  data.setUint32(4, audit, true)
  for (const [i, arg] of args.entries()) data.setBigUint64(16 + i * 8, arg, true)
  let word = 0
  for (let at = 0; at < program.length; at += 8) {
    const value = view.getUint32(at + 4, true)
    switch (view.getUint16(at, true)) {
      case 0x20:
        word = data.getUint32(value, true)
        break
      case 0x54:
        word = (word & value) >>> 0
        break
      case 0x15:
        at += 8 * view.getUint8(at + (word === value ? 2 : 3))
        break
      case 0x06:
        if (value === 0x7fff0000) return ALLOW
        return value === 0x80000000 ? 'kill' : `error ${value - 0x50000}`
      default:
        throw new Error(`no such instruction at ${at}`)
    }
  }
  throw new Error('it ran off its end')
}

test.each<[string, number, number]>([
  ['read', 0, 63],
  ['futex', 202, 98],
  ['mmap', 9, 222],
  ['execve', 59, 221],
])('%s is allowed', (_, x64, arm64) => {
  expect(judge('x64', x64)).toBe(ALLOW)
  expect(judge('arm64', arm64)).toBe(ALLOW)
})

test.each<[string, number, number]>([
  ['socket', 41, 198],
  ['socketpair', 53, 199],
  ['connect', 42, 203],
  ['sendmsg', 46, 211],
  ['ptrace', 101, 117],
  ['process_vm_readv', 310, 270],
  ['bpf', 321, 280],
  ['perf_event_open', 298, 241],
  ['io_uring_setup', 425, 425],
  ['keyctl', 250, 219],
  ['unshare', 272, 97],
  ['setns', 308, 268],
  ['mount', 165, 40],
  ['userfaultfd', 323, 282],
  ['kexec_load', 246, 104],
  ['mkdirat', 258, 34],
  ['unlinkat', 263, 35],
  ['setuid', 105, 146],
  ['pidfd_open', 434, 434],
  ['memfd_create', 319, 279],
  ['a call that is yet to be invented', 999, 999],
])('%s is refused', (_, x64, arm64) => {
  expect(judge('x64', x64)).toBe(REFUSE)
  expect(judge('arm64', arm64)).toBe(REFUSE)
})

test('on x64 there are older ways to start a process, and numbers of the x32 kind', () => {
  for (const number of [57, 58, 0x40000000, 0x40000029]) expect(judge('x64', number)).toBe(REFUSE)
})

test.each<[Architecture, number]>([
  ['x64', 56],
  ['arm64', 220],
])('on %s clone makes threads and nothing else', (arch, clone) => {
  const THREAD = 0x3d0f00n
  expect(judge(arch, clone, [THREAD])).toBe(ALLOW)
  expect(judge(arch, clone, [17n])).toBe(REFUSE) // fork
  expect(judge(arch, clone, [0x4111n])).toBe(REFUSE) // vfork
  expect(judge(arch, clone, [THREAD | 0x10000000n])).toBe(REFUSE) // CLONE_NEWUSER
  expect(judge(arch, 435, [THREAD])).toBe('error 38')
})

test('limits can be read and not set, whichever half of a pointer is none', () => {
  expect(judge('x64', 302, [0n, 7n, 0n])).toBe(ALLOW)
  expect(judge('x64', 302, [0n, 7n, 0x7ffd_0000_0000n])).toBe(REFUSE)
  expect(judge('x64', 302, [0n, 7n, 0x1000n])).toBe(REFUSE)
})

test('threads are named by prctl, and that is all; no terminal is written to by ioctl', () => {
  expect(judge('x64', 157, [15n])).toBe(ALLOW)
  for (const option of [1n, 4n, 22n, 38n]) expect(judge('x64', 157, [option])).toBe(REFUSE)
  expect(judge('x64', 16, [0n, 0x5421n])).toBe(ALLOW)
  expect(judge('x64', 16, [0n, 0x5412n])).toBe(REFUSE) // TIOCSTI
})

test('a call of another architecture ends the process', () => {
  expect(judge('x64', 0, [], 0x40000003)).toBe('kill')
  expect(judge('arm64', 63, [], ARCHITECTURES.x64)).toBe('kill')
})

test('for other architectures there is none', () => {
  expect(seccompFilter('riscv64')).toBeUndefined()
})
