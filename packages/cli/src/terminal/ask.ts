import { createInterface } from 'node:readline'

/** Whether somebody sits there who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY
}

/** One line from the terminal, which itself lets people edit it and leave; empty where they just press Enter. */
export async function ask(question: string): Promise<string> {
  process.stdout.write(`${question} `)
  for await (const line of createInterface({ input: process.stdin, terminal: false })) return line.trim()
  return ''
}
