import { styleText } from 'node:util'
import { COMMON } from './options.ts'
import type { OptionSpec, Verb } from './verb.ts'
import { VERBS } from './verbs.ts'

export async function overview(): Promise<string> {
  const lines = await Promise.all(
    Object.values(VERBS).map(async (load) => {
      const { verb } = await load()
      return `  ${verb.usage.padEnd(38)} ${verb.summary}`
    }),
  )
  return [
    'fn: deploy functions, and run them on whichever peer is nearest',
    '',
    ...lines,
    '',
    'fn VERB --help tells more of each.',
  ].join('\n')
}

export function helpOf(verb: Verb): string {
  return [
    styleText('bold', `fn ${verb.usage}`),
    verb.summary,
    '',
    ...Object.entries({ ...verb.options, ...COMMON }).map(optionLine),
  ].join('\n')
}

function optionLine([name, { short, value, help, multiple }]: [string, OptionSpec]): string {
  const flags = `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`
  return `  ${flags.padEnd(26)} ${help}${multiple ? ' (may be repeated)' : ''}`
}
