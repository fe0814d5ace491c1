import { expect, it } from 'vitest'
import { load } from './load.ts'
import { ownBundler, project } from './project.ts'

const builds = ownBundler()

/** The smallest module that does something: it exports `add` for two i32. */
const ADD = new Uint8Array(
  Buffer.from('0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b', 'hex'),
)

const HANDLER = `
  import module from './add.wasm'
  const { add } = new WebAssembly.Instance(module).exports
  export default () => add(40, 2)`

async function call(files: Record<string, string | Uint8Array>): Promise<unknown> {
  const { blocks } = await builds.build(await project({ 'add.wasm': ADD, ...files }))
  const { default: handler } = (await load(blocks[1])) as { default: () => unknown }
  return handler()
}

it('makes a WebAssembly.Module of a .wasm file', async () => {
  expect(await call({ 'index.ts': HANDLER })).toBe(42)
})

it('does so in every way of importing one, and compiles it once', async () => {
  const source = `
    import plain from './add.wasm'
    import marked from './add.wasm?module'
    import { module as packed } from 'pack'
    import direct from 'pack/sum.wasm'
    const required = require('./add.wasm').default
    export default async () => {
      const lazy = (await import('./add.wasm')).default
      return [plain instanceof WebAssembly.Module, plain === marked, plain === lazy, plain === required, packed === direct]
    }`
  const answer = await call({
    'index.js': source,
    'node_modules/pack/package.json': '{ "exports": { ".": "./main.js", "./sum.wasm": "./lib/sum.wasm" } }',
    'node_modules/pack/main.js': "export { default as module } from './lib/sum.wasm?module'",
    'node_modules/pack/lib/sum.wasm': ADD,
  })
  expect(answer).toEqual([true, true, true, true, true])
})

it('says in the manifest that it needs WebAssembly, as who says so does', async () => {
  const files = { 'add.wasm': ADD, 'index.ts': HANDLER }
  const silent = await builds.build(await project(files))
  const said = await builds.build(await project({ ...files, 'fn.json': '{ "needs": ["wasm"] }' }))
  expect(silent.manifest.needs).toEqual(['wasm'])
  expect(said.cid.toString()).toBe(silent.cid.toString())
})

it('leaves out a module that nothing uses, and the need for it', async () => {
  const files = { 'add.wasm': ADD, 'index.ts': "import module from './add.wasm'\nexport default () => 'without'" }
  const { manifest, blocks } = await builds.build(await project(files))
  expect(manifest.needs).toEqual([])
  expect(new TextDecoder().decode(blocks[1]?.bytes)).not.toContain('WebAssembly')
})

it('still gives the bytes to who asks for them', async () => {
  const source = "import bytes from './add.wasm' with { type: 'bytes' }\nexport default () => bytes"
  expect(await call({ 'index.ts': source })).toEqual(ADD)
})

it('gives the same CID in every folder, and no copy of the bytes in the source map', async () => {
  const big = { 'add.wasm': new Uint8Array(10_000), 'index.ts': HANDLER }
  const [here, there] = [await builds.build(await project(big)), await builds.build(await project(big, 'deep/er'))]
  expect(there.cid.toString()).toBe(here.cid.toString())
  const [, , map] = here.blocks.map(({ bytes }) => new TextDecoder().decode(bytes))
  expect(map).toContain('"add.wasm"')
  expect(map?.length).toBeLessThan(2000)
})

it.each([
  ["import { add } from './add.wasm'\nexport default () => add(1, 2)", 'No matching export in "add.wasm"'],
  ["import url from './add.wasm?url'\nexport default () => url", 'No loader is configured'],
])('says what %j would get', async (source, message) => {
  const building = builds.build(await project({ 'add.wasm': ADD, 'index.ts': source }))
  await expect(building).rejects.toMatchObject({
    code: 'build-failed',
    message: expect.stringContaining(message),
    fix: expect.stringContaining('import module from'),
  })
})

it('names who imports a module that is not there', async () => {
  const files = {
    'index.ts': "export { f } from './b.ts'",
    'b.ts': "import m from './no.wasm'\nexport const f = () => m",
  }
  await expect(builds.build(await project(files))).rejects.toMatchObject({
    message: 'b.ts:1:14: Could not resolve "./no.wasm", imported by index.ts → b.ts',
  })
})
