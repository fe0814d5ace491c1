import { randomUUID } from 'node:crypto'
import { readFile, rm, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { HitherError } from '@hither/core'
import { createFileAtomic } from '@hither/store'
import { LOCK_RETRY_MS, LOCK_WAIT_MS } from '../limits/home.ts'
import { codeOf } from './error-code.ts'

/** Who holds a lock: its process, a word that tells one lock of a process from the next, and when the machine was started, by its own name for that. */
const HOLDER = /^(\d+) [\w-]+(?: ([\w-]+))?\n$/

/**
 * Runs a task while no other process, and nothing else in this one, holds the lock of the same path. Throws `bad-config` where it is
 * held all the time.
 */
export async function locked<T>(
  path: string,
  task: () => Promise<T>,
  pause: (ms: number) => Promise<unknown> = sleep,
): Promise<T> {
  const lock = `${path}.lock`
  const boot = await bootId()
  const own = `${[process.pid, randomUUID(), ...(boot === undefined ? [] : [boot])].join(' ')}\n`
  try {
    await take(lock, own, pause)
    return await task()
  } finally {
    await removeOf(lock, own)
  }
}

async function take(lock: string, own: string, pause: (ms: number) => Promise<unknown>): Promise<void> {
  for (let waitedMs = 0; waitedMs <= LOCK_WAIT_MS; waitedMs += LOCK_RETRY_MS) {
    const holder = await read(lock)
    if (holder === undefined) {
      // It has its holder's name from its first moment on.
      if (await createFileAtomic(lock, new TextEncoder().encode(own))) return
    } else if (await isGone(lock, holder)) {
      await locked(lock, () => removeOf(lock, holder), pause)
    } else {
      // However old: a slow disk takes its time, and only a process that is gone never comes back for its lock.
      await pause(LOCK_RETRY_MS)
    }
  }
  throw new HitherError('bad-config', `${lock} is held by another process`, { fix: `if none runs, remove ${lock}` })
}

/** Removes a lock if it is still that holder's: of two that find it left behind, the slower must not remove what the faster took. */
async function removeOf(lock: string, holder: string): Promise<void> {
  if ((await read(lock)) === holder) await rm(lock, { force: true })
}

async function read(lock: string): Promise<string | undefined> {
  try {
    return await readFile(lock, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function isGone(lock: string, holder: string): Promise<boolean> {
  const [, number, boot] = HOLDER.exec(holder) ?? []
  const pid = Number(number ?? 0)
  // Cut short by a power cut, or no lock at all.
  if (pid === 0) return true
  // Since then anything may have its number.
  if (boot !== undefined && boot !== (await bootId())) return true
  if (pid === process.pid) return isOlderThanThis(lock)
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    // Another user's process may not be asked, and is there.
    return codeOf(error) === 'ESRCH'
  }
}

/** Undefined where the system has no such name. */
async function bootId(): Promise<string | undefined> {
  return (await read('/proc/sys/kernel/random/boot_id'))?.trim()
}

/** A process that is the first of its container has the same number as the one before it. */
async function isOlderThanThis(lock: string): Promise<boolean> {
  try {
    return (await stat(lock)).mtimeMs < Date.now() - process.uptime() * 1000
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
