import { HitherError } from '@hither/core'
import { afterEach, expect, test, vi } from 'vitest'
import { commandOf, loadVerb, type Command } from '../src/command.ts'
import { homeFolder } from '../src/options.ts'

afterEach(() => vi.unstubAllEnvs())

const usage = expect.objectContaining({ code: 'usage' })

const words = (line: string): Promise<Command> => commandOf(line.split(' '))

test('the verb is the first word that is neither an option nor an option’s value', async () => {
  expect(await words('log hello')).toEqual({ word: 'log', rest: ['hello'] })
  expect(await words('helps log')).toEqual({ word: 'helps', rest: ['log'] })
  expect(await words('help remove')).toEqual({ word: 'help', rest: ['remove'] })
  expect(await words('--home dev status')).toEqual({ word: 'status', rest: ['--home', 'dev'] })
  expect(await words('--home=dev -v status --json')).toEqual({ word: 'status', rest: ['--home=dev', '-v', '--json'] })
  expect((await words('--bootstrap /ip4/127.0.0.1/tcp/9 peers')).word).toBe('peers')
  expect(await words('--home dev')).toEqual({ word: undefined, rest: ['--home', 'dev'] })
})

test('options of a verb may stand before it, whatever their values are', async () => {
  expect(await words('--name hello deploy src')).toEqual({ word: 'deploy', rest: ['--name', 'hello', 'src'] })
  expect(await words('-n list deploy src --json')).toEqual({ word: 'deploy', rest: ['-n', 'list', 'src', '--json'] })
  expect(await words('--json --message remove deploy')).toMatchObject({ word: 'deploy' })
  expect(await words('--runner all secret set x KEY')).toMatchObject({ word: 'secret' })
  // The verb says itself what it misses.
  expect(await words('--wings deploy src')).toEqual({ word: 'deploy', rest: ['--wings', 'src'] })
  expect(await words('--name deploy')).toEqual({ word: 'deploy', rest: ['--name'] })
  await expect(words('--wings two deploy')).rejects.toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringContaining('--wings') }),
  )
  await expect(words('--name hello')).rejects.toThrow(usage)
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
