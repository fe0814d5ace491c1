import { createInterface } from 'node:readline'
import { HitherError } from '@hither/core'

/** Whether somebody sits there who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY
}

/** One line that is not shown while it is typed. Throws `cancelled` after Ctrl-C. */
export async function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(`${question} `)
  stdin.setRawMode(true)
  try {
    let line = ''
    for await (const chunk of stdin.setEncoding('utf8')) {
      for (const char of String(chunk)) {
        if (char === '\r' || char === '\n' || char === '\u0004') return line
        if (char === '\u0003') throw new HitherError('cancelled', 'interrupted')
        line = char === '\u007f' || char === '\b' ? line.slice(0, -1) : line + char
      }
    }
    return line
  } finally {
    stdin.setRawMode(false)
    stderr.write('\n')
  }
}

/** One line from the terminal, which itself lets people edit it and leave; empty where they just press Enter. */
export async function ask(question: string): Promise<string> {
  process.stdout.write(`${question} `)
  for await (const line of createInterface({ input: process.stdin, terminal: false })) return line.trim()
  return ''
}
