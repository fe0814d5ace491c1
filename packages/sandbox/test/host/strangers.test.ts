import { expect, onTestFinished, test, vi } from 'vitest'
import { Launcher } from '../../src/host/launch/launcher.ts'
import { bareMachine, bench, failure, handler, makeJob, pidsOf, text } from './support.ts'

const HELLO = handler(`return new Response('hello')`)

test('a process for strangers is kept ready only where they are expected', async () => {
  const alone = bench({ weakJail: true }, { machine: bareMachine() })
  await alone.runner.start()
  expect(pidsOf(alone)).toHaveLength(1)
  const both = bench({ weakJail: true, strangers: true }, { machine: bareMachine() })
  await both.runner.start()
  expect(pidsOf(both)).toHaveLength(2)
  expect(await text(alone.runner.run(await makeJob(HELLO, { profile: 'strangers' })))).toBe('hello')
})

test('a runner that is stopped while it starts takes strangers when it starts again', async () => {
  const on = bench({ weakJail: true, strangers: true }, { machine: bareMachine() })
  let stopping: Promise<void> | undefined
  const freeze = vi.spyOn(Launcher.prototype, 'freeze').mockImplementation(async (profile) => {
    if (profile === 'strangers') stopping ??= on.runner.stop()
  })
  onTestFinished(() => freeze.mockRestore())
  await on.runner.start()
  await stopping
  await on.runner.start()
  expect(on.runner.jail().grants.strangers).toBeDefined()
})

test('where no jail would hold them, strangers are refused by name, and trusted publishers are not', async () => {
  const { runner } = bench({ strangers: true }, { machine: bareMachine() })
  await runner.start()
  const error = await failure(runner.run(await makeJob(HELLO, { profile: 'strangers' })))
  expect(error).toMatchObject({ code: 'unsupported', fix: expect.stringContaining('--weak-jail') as string })
  expect(await text(runner.run(await makeJob(HELLO)))).toBe('hello')
})

test('what strangers may ask for is less: no WebAssembly, and no more memory than the kernel lets them have', async () => {
  const { runner } = bench({ weakJail: true }, { machine: bareMachine() })
  const asking = async (init: object): Promise<unknown> =>
    failure(runner.run(await makeJob(HELLO, { profile: 'strangers', ...init })))
  expect(await asking({ needs: ['wasm'] })).toMatchObject({ code: 'unsupported', data: { missing: 'wasm' } })
  expect(await asking({ limits: { memoryMb: 513 } })).toMatchObject({ code: 'unsupported' })
  expect(await text(runner.run(await makeJob(HELLO, { limits: { memoryMb: 513 } })))).toBe('hello')
})
