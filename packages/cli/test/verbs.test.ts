import { expect, test } from 'vitest'
import { helpOf, overview } from '../src/help.ts'
import { COMMON } from '../src/options.ts'
import { VERBS } from '../src/verbs.ts'

test.each(Object.entries(VERBS))(
  'fn %s is described, under its own name, and hides no common option',
  async (name, load) => {
    const { verb } = await load()
    expect(verb.usage.split(' ')[0]).toBe(name)
    expect(await overview()).toContain(verb.summary)
    const help = helpOf(verb)
    for (const [option, spec] of Object.entries({ ...verb.options, ...COMMON })) {
      expect(help).toContain(`--${option}`)
      expect(help).toContain(spec.help)
    }
    expect(Object.keys(verb.options).filter((option) => option in COMMON)).toEqual([])
  },
)
