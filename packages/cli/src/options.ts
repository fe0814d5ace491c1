import { parseArgs, type ParseArgsConfig } from 'node:util'
import { HitherError, parseDuration } from '@hither/core'
import type { OptionSpec, OptionValues, Verb } from './verb.ts'

/** Options that every verb takes. */
export const COMMON: Record<string, OptionSpec> = {
  json: { type: 'boolean', help: 'print JSON: one document; from dev, a line per event' },
  home: { type: 'string', value: 'DIR', help: 'keep keys and data in DIR (also HITHER_HOME)' },
  verbose: { type: 'boolean', short: 'v', help: 'log what happens inside to stderr' },
  help: { type: 'boolean', short: 'h', help: 'show this' },
}

/** Options of every verb that may have to join the network by itself. */
export const JOINING: Record<string, OptionSpec> = {
  bootstrap: { type: 'string', multiple: true, value: 'ADDR', help: 'connect to the peer at this multiaddr' },
  'no-mdns': { type: 'boolean', help: 'do not look for peers on the LAN' },
}

/** As Node's parser takes them. */
export function plainSpecs(specs: Record<string, OptionSpec>): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short && { short }), ...(multiple && { multiple }) },
    ]),
  )
}

/** Throws `usage`. */
export function parseOptions(verb: Verb, argv: string[]): { args: string[]; options: OptionValues } {
  const options = plainSpecs({ ...COMMON, ...verb.options })
  try {
    const parsed = parseArgs({ args: argv, options, allowPositionals: true })
    return { args: parsed.positionals, options: { ...parsed.values } as OptionValues }
  } catch (cause) {
    throw new HitherError('usage', cause instanceof Error ? cause.message : String(cause), {
      fix: `fn ${verb.usage.split(' ')[0] ?? ''} --help`,
      cause,
    })
  }
}

export function text(options: OptionValues, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** The folder of `--home`, else HITHER_HOME. Throws `usage` for one without a name, which is most often a variable that is not set. */
export function homeFolder(options: OptionValues): string | undefined {
  const folder = text(options, 'home')
  if (folder === '') throw new HitherError('usage', '--home takes a folder, and is empty')
  return folder ?? process.env['HITHER_HOME']
}

export function texts(options: OptionValues, name: string): string[] {
  const value = options[name]
  return Array.isArray(value) ? value : []
}

/** What libp2p over TCP can dial. */
const ADDRESS = /^\/(ip4|ip6|dns|dns4|dns6)\/[^/]+\/tcp\/\d{1,5}(\/p2p\/\w+)?$/

/** Multiaddrs. Throws `usage`. */
export function addresses(options: OptionValues, name: string): string[] {
  return texts(options, name).map((address) => {
    if (ADDRESS.test(address)) return address
    throw new HitherError('usage', `--${name} takes an address such as /ip4/192.168.1.7/tcp/4248, not "${address}"`)
  })
}

export function flag(options: OptionValues, name: string): boolean {
  return options[name] === true
}

/** A whole number from `min` to `max`. Throws `usage`. */
export function integer(options: OptionValues, name: string, min: number, max: number): number | undefined {
  const value = text(options, name)
  if (value === undefined) return undefined
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= min && number <= max) return number
  throw new HitherError('usage', `--${name} takes a whole number from ${min} to ${max}, not "${value}"`)
}

/** A time such as `500ms`, `30s` or `2m`, in ms. Throws `usage`. */
export function duration(options: OptionValues, name: string): number | undefined {
  const value = text(options, name)
  if (value === undefined) return undefined
  const ms = parseDuration(value)
  if (ms !== undefined) return ms
  throw new HitherError('usage', `--${name} takes a time such as 500ms, 30s or 2m, not "${value}"`)
}

/** The same, or `off`, which is 0. Throws `usage`. */
export function durationOrOff(options: OptionValues, name: string): number | undefined {
  return text(options, name) === 'off' ? 0 : duration(options, name)
}

/** Exactly these positional arguments. Throws `usage`. */
export function positionals<const T extends readonly string[]>(
  verb: Verb,
  args: string[],
  names: T,
): { [K in keyof T]: string } {
  if (args.length !== names.length) {
    const missing = names[args.length]
    throw new HitherError(
      'usage',
      missing ? `${missing} is missing` : `"${args[names.length] ?? ''}" is one word too many`,
      {
        fix: `fn ${verb.usage}`,
      },
    )
  }
  return args as unknown as { [K in keyof T]: string }
}
