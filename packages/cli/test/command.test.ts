import { HitherError } from '@hither/core'
import { afterEach, expect, test, vi } from 'vitest'
import { commandOf, loadVerb } from '../src/command.ts'
import { homeFolder } from '../src/options.ts'

afterEach(() => vi.unstubAllEnvs())

const usage = expect.objectContaining({ code: 'usage' })

test('the verb is the first word that is neither an option nor an option’s value', () => {
  const words = (line: string) => commandOf(line.split(' '))
  expect(words('log hello')).toEqual({ word: 'log', rest: ['hello'] })
  expect(words('helps log')).toEqual({ word: 'helps', rest: ['log'] })
  expect(words('help remove')).toEqual({ word: 'help', rest: ['remove'] })
  expect(words('--home dev status')).toEqual({ word: 'status', rest: ['--home', 'dev'] })
  expect(words('--home=dev -v status --json')).toEqual({ word: 'status', rest: ['--home=dev', '-v', '--json'] })
  expect(words('--bootstrap /ip4/127.0.0.1/tcp/9 peers').word).toBe('peers')
  expect(words('--home dev')).toEqual({ word: undefined, rest: ['--home', 'dev'] })
})

test('a word that is no command runs none, and is told which one may be meant', async () => {
  const why = async (word: string): Promise<unknown> => {
    const thrown: unknown = await loadVerb(word).catch((error: unknown) => error)
    expect(thrown).toEqual(usage)
    return thrown instanceof HitherError ? thrown.why : thrown
  }
  expect(await why('depoly')).toBe('did you mean fn deploy?')
  expect(await why('stat')).toBe('did you mean fn status?')
  expect(await why('helps')).toBe('did you mean fn help?')
  expect(await why('sekret')).toBe('did you mean fn secret?')
  expect(await why('frobnicate')).toBeUndefined()
  expect(await why('constructor')).toBeUndefined()
})

test('fn help tells of all commands, or of one', async () => {
  const { verb } = await import('../src/verbs/help.ts')
  const help = async (...args: string[]): Promise<string> => {
    let said = ''
    const out = { result: (_: unknown, human: () => string) => void (said = human()) }
    await verb.run({ args, out } as unknown as Parameters<typeof verb.run>[0])
    return said
  }
  expect(await help()).toMatch(/deploy \[ENTRY\].*remove/s)
  expect(await help('remove')).toMatch(/^.*fn remove NAME/)
  await expect(help('helps')).rejects.toThrow(usage)
  await expect(help('log', 'remove')).rejects.toThrow(usage)
})

test('a home without a name is no home', () => {
  vi.stubEnv('HITHER_HOME', '/there')
  expect(homeFolder({})).toBe('/there')
  expect(homeFolder({ home: '/here' })).toBe('/here')
  expect(() => homeFolder({ home: '' })).toThrow(usage)
})
