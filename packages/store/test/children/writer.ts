import { diskBlocks, diskNames } from '../../src/index.ts'
import { block, record, signer } from '../material.ts'

/** Stores blocks and names without end, and says on stdout what is acknowledged, for a parent that kills it. */
const [dir = '', start = '0'] = process.argv.slice(2)
const blocks = await diskBlocks({ dir: `${dir}/blocks`, capBytes: 1e9 })
const names = await diskNames({ dir: `${dir}/names` })
const by = await signer(1)

for (let number = Number(start); ; number++) {
  const { cid, bytes } = await block(number, 40_000)
  await Promise.all([
    blocks.put(cid, bytes, { pin: number % 2 === 0 }).then(() => process.stdout.write(`block ${number}\n`)),
    names.put(await record({ sequence: number + 1, by })).then(() => process.stdout.write(`name ${number + 1}\n`)),
  ])
}
