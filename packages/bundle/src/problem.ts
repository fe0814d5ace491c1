import type { Message } from 'esbuild'
import { portablePath } from './portable-path.ts'

/** One thing that esbuild has to say, in a form that survives JSON. */
export interface Problem {
  text: string
  /** Relative to the handler's folder; absent where it is about no file. */
  file?: string
  line?: number
  /** Counted from 0, as esbuild does. */
  column?: number
}

export function problemOf({ text, location }: Message): Problem {
  if (location === null) return { text: printable(text) }
  const { file, line, column } = location
  return { text: printable(text), file: printable(portablePath(file)), line, column }
}

/** `file:line:column: text`, as terminals make links of. */
export function say({ text, file, line, column }: Problem): string {
  return [file, line, column, ` ${text}`]
    .filter((part) => part !== undefined)
    .join(':')
    .trimStart()
}

/** What is built may be anyone's: its words must not steer a terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ')
}
