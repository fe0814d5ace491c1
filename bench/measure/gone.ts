import type { ChildProcess } from 'node:child_process'

/** Resolves with why a process ended, or never began. */
export function gone(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on('error', ({ message }) => resolve(message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
}
